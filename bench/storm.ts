import { execFile } from "node:child_process";
import { promisify } from "node:util";

import { compileProgram } from "../test/support/programs.js";

const run = promisify(execFile);

export interface Storm {
  readonly execs: number;
  /** Processes that spawn at the same time; 1 if absent. */
  readonly spawners?: number;
  /** Number of the first exec. */
  readonly from?: number;
  /** Execs per second over all spawners; as fast as it goes if absent. */
  readonly rate?: number;
}

/** What every exec of a storm carries as its only argument, before its number. */
export const MARKER = "WALLWATCH-BENCH-";

/** A program that exits with its first instruction. */
export function exitAtOnce(): string {
  return compileProgram("test/programs/exit_at_once.S");
}

/**
 * Runs a storm of instantly exiting processes.
 *
 * @returns the seconds it took its spawners
 * @throws if one of the processes could not be spawned
 */
export async function runStorm({ execs, spawners = 1, from = 0, rate = 0 }: Storm): Promise<number> {
  const options = ["--spawners", spawners, "--from", from, "--rate", rate].map(String);
  const { stdout } = await run(compileProgram("bench/storm.cc"), [...options, String(execs), exitAtOnce(), MARKER]);
  const answer: unknown = JSON.parse(stdout);
  if (typeof answer !== "object" || answer === null || !("seconds" in answer)) throw new Error(`storm said: ${stdout}`);
  return Number(answer.seconds);
}
