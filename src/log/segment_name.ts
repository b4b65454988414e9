import { basename, dirname, extname, join } from "node:path";

/** When a segment was closed; what its name says. */
export interface SegmentStamp {
  /** UTC, as `20260131T235959.999Z`. */
  readonly time: string;
  /** Tells those of one millisecond apart, and those closed while the clock stood before an earlier one's. */
  readonly number: number;
}

/**
 * The names of closed segments: `alerts-20260131T235959.999Z-0000.ndjson` beside `alerts.ndjson`. They sort in the order in
 * which the segments were closed, also where the clock was set back in between.
 */
export class SegmentNames {
  readonly folder: string;
  readonly #stem: string;
  readonly #extension: string;

  /** @param path of the current segment */
  constructor(path: string) {
    this.folder = dirname(path);
    this.#extension = extname(path);
    this.#stem = basename(path, this.#extension);
  }

  /** @returns undefined where the name is not that of a closed segment of this log */
  parse(name: string): SegmentStamp | undefined {
    const start = `${this.#stem}-`;
    if (!name.startsWith(start) || !name.endsWith(this.#extension)) return undefined;
    const stamp = name.slice(start.length, name.length - this.#extension.length);
    const [, time, number] = /^(\d{8}T\d{6}\.\d{3}Z)-(\d{4,})$/.exec(stamp) ?? [];
    return time === undefined ? undefined : { time, number: Number(number) };
  }

  path({ time, number }: SegmentStamp): string {
    return join(this.folder, `${this.#stem}-${time}-${String(number).padStart(4, "0")}${this.#extension}`);
  }
}

/** @param now ms since 1970 */
export function nextStamp(last: SegmentStamp | undefined, now: number): SegmentStamp {
  const time = new Date(now).toISOString().replaceAll(/[-:]/g, "");
  if (last === undefined || last.time < time) return { time, number: 0 };
  return { time: last.time, number: last.number + 1 };
}

export function compareStamps(a: SegmentStamp, b: SegmentStamp): number {
  if (a.time === b.time) return a.number - b.number;
  return a.time < b.time ? -1 : 1;
}
