import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";

import type { Agent } from "../agent/agent.js";
import { LogInUseError } from "../log/lock.js";
import type { ExecEvent } from "../process/event.js";
import { readIdentity } from "../process/identity.js";
import { packageVersion } from "../version.js";
import { isHostStopping } from "./host_stopping.js";
import { endOfRun } from "./last_run.js";
import { startedReport, stoppedReport } from "./run_documents.js";
import { RunFile, type LastRun } from "./run_record.js";
import { stopCause, type StopCause } from "./stop_cause.js";
import { StopWitness } from "./stop_witness.js";

/** What of the agent is needed here. */
export type KeptAgent = Pick<Agent, "host" | "report" | "started">;

/** Tells this run from every other one. */
const run = randomUUID();

/**
 * Sees to it that nobody blinds this host unseen: each start is told with how the run before ended and since when nobody watched,
 * and each end with why, as far as that can be known.
 */
export class RunKeeper {
  readonly #folder: string;
  readonly #warn: (message: string) => void;
  readonly #isService: boolean;
  readonly #witness = new StopWitness();
  #agent: KeptAgent | undefined;
  #file: RunFile | undefined;
  #started = Date.now();
  #stop:
    | { readonly signal: NodeJS.Signals; readonly at: number; readonly isHostStopping: Promise<boolean | undefined> }
    | undefined;
  #cause: StopCause | undefined;
  #isRefused = false;

  /** @param folder `state.path` */
  constructor(folder: string, isService: boolean, warn: (message: string) => void) {
    this.#folder = folder;
    this.#isService = isService;
    this.#warn = warn;
  }

  /** The agent watches: from now on an exec may explain its end, and its end is told. */
  watching(agent: KeptAgent): void {
    this.#agent = agent;
    this.#started = Date.now();
  }

  /** Tells how the run before ended. A folder that cannot be written is told, and what it would have held is missing. */
  async started(agent: KeptAgent): Promise<void> {
    const now = this.#started;
    const { bootId } = readIdentity();
    const last = await this.#begin(bootId, now);
    if (last === undefined) return;
    process.once("exit", this.#exited);
    const end = endOfRun(last, bootId, now);
    agent.report(startedReport(end, { run, version: packageVersion(), lane: agent.started.lane, started: now }, now));
  }

  executed(event: ExecEvent): void {
    if (this.#agent !== undefined) this.#witness.executed(event, this.#agent.host);
  }

  /** A sign of life, every few seconds. */
  alive(standstill: readonly string[]): void {
    this.#file?.alive(Date.now(), standstill).then(
      () => (this.#isRefused = false),
      (error: unknown) => {
        if (!this.#isRefused) this.#cannotWrite(error);
        this.#isRefused = true;
      },
    );
  }

  /** It was told to end. */
  stopping(signal: NodeJS.Signals): void {
    this.#stop ??= { signal, at: Date.now(), isHostStopping: isHostStopping() };
  }

  /** Capture has ended, and the log is still open. */
  async ending(): Promise<void> {
    if (this.#agent === undefined) return;
    const now = Date.now();
    this.#cause = stopCause({
      signal: this.#stop?.signal,
      at: this.#stop?.at ?? now,
      seen: this.#witness.seen,
      isHostStopping: await this.#stop?.isHostStopping,
      isService: this.#isService,
      pid: process.pid,
      unit: unitName(),
    });
    this.#agent.report(stoppedReport(this.#cause, this.#stop?.signal, { run, started: this.#started }, now));
  }

  /** The log is closed. */
  async ended(): Promise<void> {
    if (this.#cause === undefined || this.#file === undefined) return;
    const how = this.#cause.reason === "fault" ? "failed" : "stopped";
    try {
      await this.#file.end({ at: Date.now(), how, reason: this.#cause.reason });
    } catch (error) {
      this.#cannotWrite(error);
    }
    process.removeListener("exit", this.#exited);
  }

  /** @returns what the run before left; undefined where no record can be kept */
  async #begin(boot: string, now: number): Promise<LastRun | undefined> {
    const { pid } = process;
    const first = { pid, boot, version: packageVersion(), started: now, alive: now, standstill: [] };
    try {
      const { file, last } = await RunFile.begin(this.#folder, first);
      this.#file = file;
      return last;
    } catch (error) {
      if (error instanceof LogInUseError) {
        this.#warn(
          `another wallwatch (process ${error.pid}) keeps its state in ${this.#folder}, so this one keeps none: set state.path to a folder of its own`,
        );
      } else {
        this.#cannotWrite(error);
      }
      return undefined;
    }
  }

  /** An exit that nobody has prepared: an exception that nobody caught. */
  readonly #exited = (code: number): void => {
    try {
      this.#file?.endAtOnce({ at: Date.now(), how: "failed", reason: `exit code ${code}` });
    } catch (error) {
      this.#cannotWrite(error);
    }
  };

  #cannotWrite(error: unknown): void {
    const reason = error instanceof Error ? error.message : String(error);
    this.#warn(`${this.#folder} cannot be written, so the next start will not know how this run ended: ${reason}`);
  }
}

/** The unit that this process belongs to, without its suffix; "wallwatch" where it is none. */
function unitName(): string {
  const [, unit] = /\/([^/]+)\.service$/m.exec(readFileSync("/proc/self/cgroup", "utf8")) ?? [];
  return unit ?? "wallwatch";
}
