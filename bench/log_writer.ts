import { mkdtemp, open, rm, statfs } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import type { LogEntry } from "../src/log/entry.js";
import { AlertLog } from "../src/log/writer.js";
import { atMost, type Report, type Row } from "./report.js";
import { median } from "./statistics.js";

/** Bytes of a line: an alert of a program with a few ancestors. */
const LINE = 10 * 1024;
const SEGMENTS = { segmentSize: 32 * 2 ** 20, segmentAge: 86_400_000, disk: 2 ** 40 };
const FILE_SYSTEMS: Readonly<Record<number, string>> = {
  0xef53: "ext4",
  0x58465342: "xfs",
  0x9123683e: "btrfs",
  0x01021994: "tmpfs, where a sync costs nothing",
  0x794c7630: "overlayfs",
};

export interface LogBenchOptions {
  /** Lines of one round. */
  readonly lines: number;
  readonly rounds: number;
}

/** How many lines come at once. */
const WORKLOADS: readonly (readonly [name: string, group: number])[] = [
  ["one line at a time", 1],
  ["ten at a time", 10],
  ["a hundred at a time", 100],
];

/**
 * Lines per second of the alert log, each group on disk before the next one comes, beside appending and syncing the same
 * bytes in the same groups with nothing else around it. Both in turn, and the median of the rounds.
 */
async function logWriterRows({ lines, rounds }: LogBenchOptions): Promise<Row[]> {
  const rows: Row[] = [];
  for (const [workload, group] of WORKLOADS) {
    // A single line costs a sync like many: it takes fewer of them to measure it.
    const count = group === 1 ? Math.ceil(lines / 10) : lines;
    const writer: number[] = [];
    const plain: number[] = [];
    for (let round = 0; round < rounds; round++) {
      writer.push(await inFolder((folder) => byWriter(folder, count, group)));
      plain.push(await inFolder((folder) => byPlainAppend(folder, count, group)));
    }
    const [ours, theirs] = [median(writer), median(plain)];
    rows.push({
      workload,
      "lines/s": Math.round(ours),
      "MiB/s": (ours * LINE) / 2 ** 20,
      "plain lines/s": Math.round(theirs),
      "time over plain": theirs / ours,
    });
  }
  return rows;
}

export async function benchLog(options: LogBenchOptions): Promise<Report> {
  const rows = await logWriterRows(options);
  const { type } = await statfs(tmpdir());
  const fileSystem = FILE_SYSTEMS[type] ?? `file system 0x${type.toString(16)}`;
  return {
    bench: "log",
    method: `lines of ${LINE / 1024} KiB, written and synced, in segments of 32 MiB; beside it writev and fdatasync of the same bytes. In ${tmpdir()} (${fileSystem}).`,
    rows,
    // A lone line feels most what is around write and sync: the queue, and the look whether the file is still at its path.
    targets: rows.map((row) =>
      atMost(`time over plain, ${String(row["workload"])}`, Number(row["time over plain"]), 2),
    ),
    absent: [],
  };
}

/** @returns lines per second */
async function byWriter(folder: string, lines: number, group: number): Promise<number> {
  const log = await AlertLog.open({
    path: join(folder, "alerts.ndjson"),
    memory: 64 * 2 ** 20,
    segments: SEGMENTS,
    state: folder,
    events: {
      outage: (error) => {
        throw error;
      },
    },
  });
  const entry: LogEntry = { line: line(), subject: "rule", isAlert: true };
  const begin = performance.now();
  for (let done = 0; done < lines; done += group) {
    for (let i = 0; i < group; i++) log.append(entry);
    await log.drained();
  }
  const took = performance.now() - begin;
  await log.close(1000);
  return (lines / took) * 1000;
}

async function byPlainAppend(folder: string, lines: number, group: number): Promise<number> {
  const file = await open(join(folder, "plain.ndjson"), "a");
  const buffers = Array.from({ length: group }, line);
  const begin = performance.now();
  for (let done = 0; done < lines; done += group) {
    await file.writev(buffers);
    await file.datasync();
  }
  const took = performance.now() - begin;
  await file.close();
  return (lines / took) * 1000;
}

function line(): Buffer {
  return Buffer.from(`{"message":"${"x".repeat(LINE - 15)}"}\n`);
}

async function inFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), "wallwatch-bench-log-"));
  try {
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}
