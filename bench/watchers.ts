import { execFile, execFileSync, spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { closeSync, createReadStream, existsSync, mkdtempSync, openSync, readSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as wait } from "node:timers/promises";
import { promisify } from "node:util";

import { cpuSeconds } from "./process.js";
import { NumberSet } from "./statistics.js";
import { exitAtOnce, MARKER } from "./storm.js";

const run = promisify(execFile);

/** Somebody who watches execs and writes what it sees into a file. */
export interface Watcher {
  readonly name: string;
  /** Prepares what it needs in an empty folder. */
  prepare(folder: string): Prepared;
  /** Stands in its output once it watches. */
  readonly ready: string;
  /** Finds the number of an exec in a line of its output, as its first group. Undefined: it does not say what it saw. */
  readonly number: RegExp | undefined;
}

type Command = readonly string[];

export interface Prepared {
  readonly command: Command;
  /** The file that it will write, besides its standard output and error, which go there too. */
  readonly output: string;
  /** Commands to run once it is up, and before it is stopped. */
  readonly begin?: readonly Command[];
  readonly end?: readonly Command[];
}

export interface Watched {
  /** Distinct execs of the storm that it saw; undefined where it does not say. */
  readonly caught: number | undefined;
  /** How many it saw more than once. */
  readonly doubled: number;
  /** CPU seconds that it took between being ready and having caught up. */
  readonly cpu: number;
}

/** The number at the end of the argument that each exec of a storm carries. */
export const NUMBER = new RegExp(`${MARKER}(\\d+)`);
const END = `${MARKER}END`;

/** Has `watcher` watch while `storm` runs, until it has caught up or seems to do no more. */
export async function watch(watcher: Watcher, execs: number, storm: () => Promise<void>): Promise<Watched> {
  const folder = mkdtempSync(join(tmpdir(), "wallwatch-bench-"));
  try {
    const { command, output, begin, end } = watcher.prepare(folder);
    const child = start(command, output);
    const ended = once(child, "exit");
    const pid = child.pid ?? 0;
    await until(
      () => tailHas(output, watcher.ready) || ensureAlive(child, watcher.name),
      30_000,
      `${watcher.name} to watch`,
    );
    runAll(begin);
    const before = cpuSeconds(pid);
    await storm();
    if (watcher.number !== undefined) await caughtUp(output);
    const cpu = cpuSeconds(pid) - before;
    runAll(end);
    child.kill("SIGTERM");
    await ended;
    if (watcher.number === undefined) return { caught: undefined, doubled: 0, cpu };
    return { ...(await countNumbers(output, watcher.number, execs)), cpu };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function start([program = "", ...args]: Command, output: string): ChildProcess {
  const fd = openSync(output, "a");
  const child = spawn(program, args, { stdio: ["ignore", fd, fd] });
  closeSync(fd);
  return child;
}

function ensureAlive(child: ChildProcess, name: string): false {
  if (child.exitCode !== null) throw new Error(`${name} ended with ${child.exitCode} before it watched`);
  return false;
}

function runAll(commands: readonly Command[] = []): void {
  for (const [program = "", ...args] of commands)
    execFileSync(program, args, { stdio: ["ignore", "ignore", "inherit"] });
}

/** A lossy watcher may miss the exec that ends the storm, so there is more than one of them. */
async function caughtUp(output: string): Promise<void> {
  for (let tries = 0; tries < 50 && !tailHas(output, END); tries++) {
    await run(exitAtOnce(), [END]);
    await wait(100);
  }
}

async function until(condition: () => boolean, timeout: number, what: string): Promise<void> {
  const end = performance.now() + timeout;
  while (!condition()) {
    if (performance.now() > end) throw new Error(`waited in vain for ${what}`);
    await wait(20);
  }
}

function tailHas(file: string, text: string): boolean {
  if (!existsSync(file)) return false;
  const size = statSync(file).size;
  const tail = Buffer.alloc(Math.min(size, 65536));
  const fd = openSync(file, "r");
  readSync(fd, tail, 0, tail.length, size - tail.length);
  closeSync(fd);
  return tail.includes(text);
}

async function countNumbers(file: string, number: RegExp, execs: number): Promise<{ caught: number; doubled: number }> {
  const numbers = new NumberSet(execs);
  let doubled = 0;
  for await (const line of createInterface({ input: createReadStream(file, "latin1") })) {
    const found = number.exec(line);
    if (found !== null && !numbers.add(Number(found[1]))) doubled++;
  }
  return { caught: numbers.size, doubled };
}
