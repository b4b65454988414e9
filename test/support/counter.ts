import { execFile, spawn, type ChildProcessByStdio } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { promisify } from "node:util";

import type { CountedWatch } from "./counting_watch.js";
import type { TestedLane } from "./live.js";
import { PATIENCE } from "./patience.js";
import { compileProgram } from "./programs.js";
import { Stream } from "./stream.js";

const run = promisify(execFile);

/** A counting_watch.ts that runs. */
export class Counter {
  readonly #process: ChildProcessByStdio<null, Readable, null>;
  readonly #lines = new Stream<string>();

  private constructor(lane: TestedLane, ringBytes: number) {
    const script = join(import.meta.dirname, "counting_watch.js");
    this.#process = spawn(process.execPath, [script, lane, String(ringBytes)], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    createInterface({ input: this.#process.stdout }).on("line", (line) => {
      this.#lines.push(line);
    });
  }

  /** Resolves once it watches. @param ringBytes 0 for the usual size */
  static async start(lane: TestedLane, ringBytes = 0): Promise<Counter> {
    const counter = new Counter(lane, ringBytes);
    await counter.#lines.first((line) => line === "ready", "counting watch that is ready");
    return counter;
  }

  /** Resolves once it has seen the fence. */
  async sees(fence: string): Promise<void> {
    await this.#lines.first((line) => line === `fence ${fence}`, `fence ${fence}`, 60_000 * PATIENCE);
  }

  signal(signal: NodeJS.Signals): void {
    this.#process.kill(signal);
  }

  async stop(): Promise<CountedWatch> {
    const closed = once(this.#process, "close");
    this.#process.kill("SIGTERM");
    await closed;
    return JSON.parse(this.#lines.items.at(-1) ?? "") as CountedWatch;
  }
}

/** Executes a fence, which counters tell of; it lives long enough for the proc lane. */
export async function fence(name: string): Promise<void> {
  await run(compileProgram("test/programs/linger.cc"), ["fence", name]);
}

/** Runs a storm of instantly exiting processes that are marked with numbers from 0 on. */
export async function markedStorm(execs: number, marker: string, spawners = 4): Promise<void> {
  const [storm, program] = [compileProgram("bench/storm.cc"), compileProgram("test/programs/exit_at_once.S")];
  await run(storm, ["--spawners", String(spawners), String(execs), program, marker]);
}
