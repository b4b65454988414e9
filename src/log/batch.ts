import type { LogEntry } from "./entry.js";
import type { Segment } from "./segment.js";

/** Lines of the log for one reader, in order. */
export interface LogBatch {
  /** Each without its newline. */
  readonly lines: readonly Buffer[];
  /** As they stand in the log, newlines included. */
  readonly bytes: number;
  /** Whether these lines were in the log already when this reader was opened: a crash may have lost the word that they arrived. */
  readonly maybeSent: boolean;
}

/** A place in the log. */
export interface Position {
  readonly segment: Segment;
  readonly offset: number;
}

/** Whole lines of a segment. */
export interface LineRange {
  readonly segment: Segment;
  readonly from: number;
  readonly to: number;
  readonly count: number;
}

/** Lines that were queued under the numbers from `first` on, and stand in a segment from byte `from` on. */
export interface Written {
  readonly segment: Segment;
  readonly from: number;
  readonly first: number;
  readonly entries: readonly LogEntry[];
}

/** Those of the written lines whose numbers are in [first, end); undefined if there are none. */
export function rangeOf(written: Written, first: number, end: number): LineRange | undefined {
  const { segment, entries } = written;
  const begin = Math.max(first - written.first, 0);
  const stop = Math.min(end - written.first, entries.length);
  if (begin >= stop) return undefined;
  const from = written.from + lengthOf(entries.slice(0, begin));
  return { segment, from, to: from + lengthOf(entries.slice(begin, stop)), count: stop - begin };
}

export function lengthOf(entries: readonly LogEntry[]): number {
  return entries.reduce((sum, { line }) => sum + line.length, 0);
}

/** Lines that were read from a segment. */
export class DiskBatch implements LogBatch {
  constructor(
    readonly lines: readonly Buffer[],
    readonly bytes: number,
    readonly maybeSent: boolean,
    readonly start: Position,
  ) {}
}

/** Lines that were taken from the queue while the disk refused them. */
export class MemoryBatch implements LogBatch {
  readonly lines: readonly Buffer[];
  readonly bytes: number;
  readonly maybeSent = false;
  /** Where those lines stand that were written since. */
  readonly landed: LineRange[] = [];
  /** Of the last line, one more. */
  readonly end: number;

  /** @param first number of the first line in the queue */
  constructor(
    entries: readonly LogEntry[],
    readonly first: number,
  ) {
    this.lines = entries.map(({ line }) => line.subarray(0, -1));
    this.bytes = lengthOf(entries);
    this.end = first + entries.length;
  }

  written(written: Written): void {
    const range = rangeOf(written, this.first, this.end);
    if (range !== undefined) this.landed.push(range);
  }
}
