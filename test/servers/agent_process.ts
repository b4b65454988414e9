import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";

import { ROOT } from "../support/programs.js";
import type { SourceOptions, SourceStatus } from "./alert_source.js";

const PROGRAM = join(ROOT, "dist", "test", "servers", "alert_source.js");

/** The heap as `wallwatch run` has it. */
const HEAP = ["--semi-space-growth-factor=1", "--heap-growing-percent=10", "--optimize-for-size"];

/** alert_source.ts as a process that can be killed. */
export class AgentProcess {
  /** What it said last. */
  status: SourceStatus | undefined;
  /** MB of resident memory, at most so far. */
  mostMemory = 0;
  readonly #child: ChildProcess;
  readonly #exited: Promise<unknown>;
  #words = "";
  #wake: (() => void) | undefined;

  private constructor(options: SourceOptions, environment: Readonly<Record<string, string>>) {
    this.#child = spawn(process.execPath, [...HEAP, "--enable-source-maps", PROGRAM, JSON.stringify(options)], {
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...process.env, ...environment },
    });
    this.#exited = once(this.#child, "exit").finally(() => this.#wake?.());
    this.#exited.catch((error: unknown) => (this.#words += String(error)));
    this.#child.stderr?.on("data", (chunk: Buffer) => (this.#words += chunk.toString()));
    if (this.#child.stdout === null) throw new TypeError("it has no standard output");
    createInterface({ input: this.#child.stdout }).on("line", (line) => {
      this.status = JSON.parse(line) as SourceStatus;
      this.mostMemory = Math.max(this.mostMemory, this.status.rss / 1e6);
      this.#wake?.();
    });
  }

  /** Starts one; resolves when it is at work. */
  static async start(
    options: SourceOptions,
    environment: Readonly<Record<string, string>> = {},
  ): Promise<AgentProcess> {
    const agent = new AgentProcess(options, environment);
    await agent.until("it is at work", () => true, 60_000);
    return agent;
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** Resolves once what it says fulfils `condition`. @param patience ms */
  async until(what: string, condition: (status: SourceStatus) => boolean, patience = 120_000): Promise<SourceStatus> {
    const deadline = performance.now() + patience;
    for (;;) {
      if (this.status !== undefined && condition(this.status)) return this.status;
      if (this.#child.exitCode !== null || this.#child.signalCode !== null) {
        throw new Error(`the agent has ended: ${this.#words}`);
      }
      const left = deadline - performance.now();
      if (left <= 0) throw new Error(`waited in vain until ${what}: ${JSON.stringify(this.status)} ${this.#words}`);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, left);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }

  /** `kill -9`; resolves when it is gone. */
  async kill(): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.#exited;
  }
}
