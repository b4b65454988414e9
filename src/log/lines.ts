import type { Segment } from "./segment.js";

const NEWLINE = 0x0a;
const CHUNK = 64 * 1024;
/** Bytes. No line of ours is longer: 256 KiB of arguments, twice, each byte at worst six in JSON, with much to spare. */
export const MAX_LINE = 16 * 2 ** 20;

/** Bounds of what is read at once; the first line may be longer than `bytes`. */
export interface LineLimits {
  readonly lines: number;
  /** Newlines included. */
  readonly bytes: number;
}

export interface ReadLines {
  /** Without their newlines. */
  readonly lines: readonly Buffer[];
  /** Newlines included: so far the segment was read. */
  readonly bytes: number;
}

/**
 * Reads whole lines of a segment from byte `from` to byte `to`, in chunks, as many as the limits allow. None are returned
 * where no whole line stands there: the file was cut short, or it is no log.
 */
export async function readLines(segment: Segment, from: number, to: number, limits: LineLimits): Promise<ReadLines> {
  const lines: Buffer[] = [];
  let bytes = 0;
  /** The beginning of a line that goes on in the next chunk. */
  let begun: Buffer[] = [];
  let begunBytes = 0;
  for (let position = from; position < to && begunBytes <= MAX_LINE;) {
    const chunk = Buffer.allocUnsafe(Math.min(CHUNK, to - position));
    const filled = await segment.read(chunk, position);
    if (filled === 0) break;
    position += filled;
    const data = chunk.subarray(0, filled);
    let start = 0;
    for (let end = data.indexOf(NEWLINE); end >= 0; end = data.indexOf(NEWLINE, start)) {
      const rest = data.subarray(start, end);
      const line = begun.length === 0 ? rest : Buffer.concat([...begun, rest]);
      if (lines.length > 0 && bytes + line.length + 1 > limits.bytes) return { lines, bytes };
      lines.push(line);
      bytes += line.length + 1;
      start = end + 1;
      begun = [];
      begunBytes = 0;
      if (lines.length >= limits.lines) return { lines, bytes };
    }
    begun.push(data.subarray(start));
    begunBytes += filled - start;
    if (lines.length > 0 && bytes + begunBytes > limits.bytes) break;
  }
  return { lines, bytes };
}

/** How many lines end between two bytes of a segment; fewer where `isWanted` says in between that nobody asks any more. */
export async function countLines(segment: Segment, from: number, to: number, isWanted: () => boolean): Promise<number> {
  const chunk = Buffer.allocUnsafe(4 * CHUNK);
  let count = 0;
  for (let position = from; position < to && isWanted();) {
    const filled = await segment.read(chunk.subarray(0, Math.min(chunk.length, to - position)), position);
    if (filled === 0) break;
    position += filled;
    const data = chunk.subarray(0, filled);
    for (let end = data.indexOf(NEWLINE); end >= 0; end = data.indexOf(NEWLINE, end + 1)) count++;
  }
  return count;
}

/** When the event of a line happened, ms since 1970; undefined where the line does not say. */
export function timeOf(line: Buffer | undefined): number | undefined {
  if (line === undefined) return undefined;
  // Where it stands is near the beginning, and an argument that looks like it comes later.
  const [, time] = /"@timestamp":"([^"]{1,40})"/.exec(line.toString("latin1", 0, 4096)) ?? [];
  const parsed = time === undefined ? Number.NaN : Date.parse(time);
  return Number.isNaN(parsed) ? undefined : parsed;
}
