import { spawnSync } from "node:child_process";
import { chmodSync, chownSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";

import { loadAddon, type AppendToLog } from "../../src/capture/binding.js";
import type { LogEntry } from "../../src/log/entry.js";
import type { ForcedOut } from "../../src/log/queue.js";
import type { LogReader, ReaderTrouble } from "../../src/log/reader.js";
import type { SegmentLimits } from "../../src/log/store.js";
import { AlertLog, type AlertLogOptions, type Waiting } from "../../src/log/writer.js";
import { USUAL } from "../support/patience.js";

/** No segment is closed, none deleted. */
export const ONE_SEGMENT: SegmentLimits = { segmentSize: 2 ** 30, segmentAge: 86_400_000, disk: 2 ** 40 };

/** Uid and gid of a user who owns nothing. */
const NOBODY = 65534;

/** A folder for a log, and everything that a log tells about itself. */
export class LogHarness {
  readonly folder = mkdtempSync(join(tmpdir(), "wallwatch-log-"));
  path = join(this.folder, "log", "alerts.ndjson");
  /** What writes and syncs; another one to make the disk fail. */
  appendToLog: AppendToLog = loadAddon().appendToLog;
  readonly committed: (readonly LogEntry[])[] = [];
  readonly outages: { code: string; waiting: Waiting }[] = [];
  readonly forcedOut: ForcedOut[] = [];
  readonly discarded: ForcedOut[] = [];
  readonly rotationRefused: unknown[] = [];
  readonly troubles: ReaderTrouble[] = [];
  recovered = 0;
  replaced = 0;
  torn = 0;
  #log: AlertLog | undefined;
  readonly #readers: LogReader[] = [];
  #mounted: string | undefined;

  async open(memory = 2 ** 20, segments: Partial<SegmentLimits> = {}, stall = 30_000): Promise<AlertLog> {
    this.#log = await AlertLog.open({
      ...this.options,
      memory,
      stall,
      segments: { ...ONE_SEGMENT, ...segments },
      events: {
        committed: (entries) => this.committed.push(entries),
        outage: (error, waiting) => this.outages.push({ code: codeOf(error), waiting }),
        recovered: () => this.recovered++,
        forcedOut: (lines) => this.forcedOut.push(lines),
        discarded: (lines) => this.discarded.push(lines),
        rotationRefused: (error) => this.rotationRefused.push(error),
        reader: (_name, trouble) => this.troubles.push(trouble),
        replaced: () => this.replaced++,
        torn: () => this.torn++,
      },
    });
    return this.#log;
  }

  /** Has logs that are opened from now on write to a disk that does not answer. @returns what lets it answer */
  holdDisk(): () => void {
    const { appendToLog } = this;
    let answer = (): void => undefined;
    const held = new Promise<void>((resolve) => (answer = resolve));
    this.appendToLog = async (...args) => {
      await held;
      return await appendToLog(...args);
    };
    return answer;
  }

  /** A reader of the log that was opened last. */
  async openReader(name = "sink"): Promise<LogReader> {
    if (this.#log === undefined) throw new Error("no log is open");
    const reader = await this.#log.openReader(name);
    this.#readers.push(reader);
    return reader;
  }

  /** Of a log that keeps all in one segment and has nobody to tell. */
  get options(): AlertLogOptions {
    const { path, folder, appendToLog } = this;
    return { path, memory: 2 ** 20, segments: ONE_SEGMENT, state: join(folder, "state"), appendToLog, events: {} };
  }

  /** Mounts a file system of `bytes` at the log's folder (root only). */
  mountSmallDisk(bytes: number): void {
    const folder = join(this.folder, "disk");
    run("mkdir", folder);
    run("mount", "-t", "tmpfs", "-o", `size=${bytes},mode=0755`, "tmpfs", folder);
    this.#mounted = folder;
    this.path = join(folder, "alerts.ndjson");
  }

  /** Lets the small disk be written, or not. */
  remount(option: "ro" | "rw"): void {
    if (this.#mounted !== undefined) run("mount", "-o", `remount,${option}`, this.#mounted);
  }

  /**
   * Works as a user who is kept out by modes, as root is not, and to whom the log's folder belongs (root only).
   *
   * @param work gets that folder; it is to close the log that it opens
   */
  async asSomebodyElse(work: (folder: string) => Promise<void>): Promise<void> {
    const folder = dirname(this.path);
    mkdirSync(folder);
    chmodSync(this.folder, 0o777);
    chownSync(folder, NOBODY, NOBODY);
    process.seteuid?.(NOBODY);
    try {
      await work(folder);
    } finally {
      process.seteuid?.(0);
    }
  }

  /** The files of the log, oldest first. */
  segments(): string[] {
    const folder = dirname(this.path);
    const closed = readdirSync(folder).filter((name) => /^alerts-.*\.ndjson$/.test(name));
    return [...closed.sort().map((name) => join(folder, name)), ...(existsSync(this.path) ? [this.path] : [])];
  }

  lines(path = this.path): string[] {
    const text = readFileSync(path, "utf8");
    return text === "" ? [] : text.replace(/\n$/, "").split("\n");
  }

  async cleanUp(): Promise<void> {
    await this.#log?.close(1000);
    for (const reader of this.#readers) await reader.close();
    if (this.#mounted !== undefined) run("umount", this.#mounted);
    rmSync(this.folder, { recursive: true });
  }
}

export function entry(name: string, subject = "rule", padding = 0): LogEntry {
  return { line: Buffer.from(`{"name":"${name}","p":"${"x".repeat(padding)}"}\n`), subject, isAlert: true };
}

/** Names of lines: the numbers from `from` up to `to`, which is not among them. */
export function numbers(from: number, to: number): string[] {
  return Array.from({ length: to - from }, (_, index) => String(from + index));
}

/** The names in lines made by `entry`; a line that is not whole JSON makes it throw. */
export function names(lines: readonly string[]): string[] {
  return lines.map((line) => (JSON.parse(line) as { name: string }).name);
}

/** Resolves once `condition` holds; rejects once that has taken longer than a test waits. */
export async function until(what: string, condition: () => boolean): Promise<void> {
  const deadline = performance.now() + USUAL;
  while (!condition()) {
    if (performance.now() > deadline) throw new Error(`waited in vain: ${what}`);
    await delay(5);
  }
}

export function isRoot(): boolean {
  return process.geteuid?.() === 0;
}

function run(command: string, ...args: string[]): void {
  const { status, stderr, error } = spawnSync(command, args, { encoding: "utf8" });
  if (status !== 0) throw error ?? new Error(`${command} ${args.join(" ")}: ${stderr}`);
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : String(error);
}

/** The names in the next lines of a reader, without waiting for more than there are; they stay uncommitted. */
export async function nextNames(reader: LogReader, lines = 1000): Promise<string[]> {
  const batch = await reader.next({ lines, bytes: 2 ** 20 }, AbortSignal.timeout(10_000));
  return names((batch?.lines ?? []).map((line) => line.toString()));
}

/** Reads and commits until `count` lines have come. */
export async function take(reader: LogReader, count: number, lines = 1000): Promise<string[]> {
  const taken: string[] = [];
  while (taken.length < count) {
    const limits = { lines: Math.min(lines, count - taken.length), bytes: 2 ** 20 };
    const batch = await reader.next(limits, AbortSignal.timeout(10_000));
    if (batch === undefined) throw new Error(`only ${taken.length} of ${count} lines came`);
    taken.push(...names(batch.lines.map((line) => line.toString())));
    await reader.commit(batch);
  }
  return taken;
}
