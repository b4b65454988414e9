import { spawn, type ChildProcessByStdio } from "node:child_process";
import { once } from "node:events";
import { chownSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";

import { documentResolver, type JsonDocument } from "../../src/rules/document.js";
import type { Values } from "../../src/rules/field.js";
import { followLines } from "./follow.js";
import type { TestedLane } from "./live.js";
import { USUAL } from "./patience.js";
import { ROOT } from "./programs.js";
import { StandIns } from "./stand_ins.js";
import { Stream } from "./stream.js";

export type Alert = JsonDocument;

/** The values of an ECS field of a document. */
export function field(document: JsonDocument, name: string): Values {
  return documentResolver(name)?.(document);
}

/** Configuration: of the shipped rules only that of version 111, "Attempt to Disable IPTables or Firewall". */
export const ONLY_RULE_111 = `[rules]
shipped = false
paths = ["${join(ROOT, "rules", "attempt_to_disable_iptables_or_firewall.toml")}"]
`;

/** Configuration: what an agent keeps, and where it answers, in a folder of its own rather than where the host's agent does. */
export function placesIn(folder: string, status = join(folder, "status.sock"), state = join(folder, "state")): string {
  return `state.path = "${state}"\nstatus.path = "${status}"\n`;
}

export interface AgentOptions {
  readonly lane?: TestedLane;
  /** Alerts of each rule in five minutes; by default far more than any test raises. */
  readonly maxAlerts?: number;
  /** More of the configuration, as TOML. */
  readonly config?: string;
  /** More options of node. */
  readonly node?: readonly string[];
  /** Where it keeps its state; in its folder if absent. */
  readonly state?: string;
  /** Where it answers; in its folder if absent. */
  readonly status?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** What executes it in its own place, with arguments that come before it. */
  readonly by?: readonly string[];
  /** Where its files go; a new folder in /tmp if absent. */
  readonly folder?: string;
  /** The user and group that it runs as, with these capabilities ("+net_admin") and no others; root if absent. */
  readonly user?: { readonly id: number; readonly capabilities: readonly string[] };
}

/** Whether a line of the log is an alert, and not a health document. */
export function isAlert(document: Alert): boolean {
  return field(document, "event.kind") === "alert";
}

/** What executes a program as another user. */
export function asUser({ id, capabilities }: NonNullable<AgentOptions["user"]>): string[] {
  const set = ["-all", ...capabilities].join(",");
  const ids = [`--reuid=${id}`, `--regid=${id}`, "--clear-groups"];
  return ["setpriv", ...ids, `--inh-caps=${set}`, `--ambient-caps=${set}`, `--bounding-set=${set}`];
}

/** A running `wallwatch run`, with a configuration and a log of its own. */
export class Agent {
  readonly folder: string;
  readonly log: string;
  /** What stands in the alert log, health documents too. */
  readonly alerts = new Stream<Alert>();
  /** What it says on standard error. */
  readonly diagnostics = new Stream<string>();
  readonly process: ChildProcessByStdio<null, Readable, Readable>;
  readonly #stopFollowing: () => void;
  readonly #ended: Promise<unknown[]>;
  #fences = 0;

  private constructor(private readonly options: AgentOptions) {
    this.folder = options.folder ?? mkdtempSync(join(tmpdir(), "wallwatch-agent-"));
    this.log = join(this.folder, "alerts.ndjson");
    const config = join(this.folder, "wallwatch.toml");
    const lane = options.lane === undefined ? "" : `capture.lane = "${options.lane}"\n`;
    // The tests raise far more alerts than the cap lets through by default.
    const cap = `cap.alerts = ${options.maxAlerts ?? 1_000_000}\n`;
    const own = `log.path = "${this.log}"\n${placesIn(this.folder, options.status, options.state)}`;
    writeFileSync(config, `${lane}${own}${cap}${options.config ?? ""}`, { mode: 0o600 });
    this.#stopFollowing = followLines(this.log, (line) => {
      this.alerts.push(JSON.parse(line) as Alert);
    });
    const main = join(ROOT, "dist", "src", "main.js");
    if (options.user !== undefined) {
      for (const path of [this.folder, config]) chownSync(path, options.user.id, options.user.id);
    }
    const command: string[] = [
      ...(options.by ?? []),
      ...(options.user === undefined ? [] : asUser(options.user)),
      process.execPath,
      ...(options.node ?? []),
      main,
      "run",
      "--config",
      config,
    ];
    const [program = "", ...args] = command;
    this.process = spawn(program, args, {
      // As by its own first line, which starting it by way of node passes over.
      env: { ...process.env, MALLOC_ARENA_MAX: "1", ...options.env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.#ended = once(this.process, "exit");
    createInterface({ input: this.process.stderr }).on("line", (line) => {
      this.diagnostics.push(line);
    });
  }

  /** Resolves once it watches. */
  static async start(options: AgentOptions = {}): Promise<Agent> {
    const agent = new Agent(options);
    const ended = agent.#ended.then(([code]) => {
      throw new Error(`wallwatch run ended with ${String(code)}:\n${agent.diagnostics.items.join("\n")}`);
    });
    try {
      await Promise.race([agent.diagnostics.first((line) => line.includes("watching"), "sign that it watches"), ended]);
    } catch (error) {
      // Left alone it would go on watching, and keep the tests from ending.
      await agent.stop("SIGKILL");
      if (options.folder === undefined) agent.remove();
      throw error;
    }
    ended.catch(() => undefined); // later on its end is stop()'s to look at
    return agent;
  }

  get pid(): number {
    return this.process.pid ?? 0;
  }

  /** The next alert that some exec out of `folder` has raised, from index `from` of the alerts on. */
  async alertFrom(folder: string, from = 0, timeout = USUAL): Promise<Alert> {
    return await this.alerts.first((alert) => isFrom(alert, folder), `alert from ${folder}`, timeout, from);
  }

  /**
   * All alerts that execs out of `folder` raise while `action` runs: those that stand in the log before the alert of an
   * exec that comes after the action.
   */
  async alertsFrom(folder: string, action: () => Promise<void>): Promise<Alert[]> {
    const from = this.alerts.items.length;
    await action();
    await this.fence();
    return this.alerts.items.slice(from).filter((alert) => isFrom(alert, folder));
  }

  /** Raises an alert and awaits it: what was executed before has then been judged. */
  async fence(): Promise<void> {
    const standIns = new StandIns(this.options.lane ?? "kernel");
    try {
      standIns.program("ufw");
      await standIns.run("ufw", "disable", `fence-${this.#fences++}`);
      await this.alertFrom(standIns.folder);
    } finally {
      standIns.remove();
    }
  }

  /** @returns its exit code, or the signal that ended it */
  async stop(signal: NodeJS.Signals = "SIGTERM"): Promise<unknown> {
    this.process.kill(signal);
    const [code, by] = await this.#ended;
    this.#stopFollowing();
    return code ?? by;
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

function isFrom(alert: Alert, folder: string): boolean {
  return JSON.stringify(alert).includes(`${folder}/`);
}
