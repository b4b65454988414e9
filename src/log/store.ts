import { constants } from "node:fs";
import { access, lstat, readdir, unlink } from "node:fs/promises";
import { join } from "node:path";

import type { AppendToLog } from "../capture/binding.js";
import { hasCode } from "../errno.js";
import type { Position } from "./batch.js";
import { LogFile, type Appended } from "./file.js";
import { readLines, timeOf } from "./lines.js";
import { inodeOf, Segment } from "./segment.js";
import { compareStamps, nextStamp, SegmentNames, type SegmentStamp } from "./segment_name.js";
import type { TornLine } from "./tail.js";

/** When a segment is closed, and how much of the disk all of them may take. */
export interface SegmentLimits {
  /** Bytes. */
  readonly segmentSize: number;
  /** ms since its first line. */
  readonly segmentAge: number;
  /** Bytes of all segments together. */
  readonly disk: number;
}

/** What the store tells those who read its segments. */
export interface StoreReader {
  /** Another process added whole lines to a segment, or what is there after it cut the segment short. */
  grew(segment: Segment, from: number, to: number): void;
  /** Whether it is done with all segments up to this one. */
  isBeyond(segment: Segment): boolean;
  isIn(segment: Segment): boolean;
}

/** A segment could not be closed or deleted; the log goes on in the one that is there. */
export class RotationError extends Error {
  override readonly name = "RotationError";
}

/**
 * The segments of a log, oldest first: closed ones under names that sort, and the current one under the log's own name,
 * which is renamed when it is full or old. A line never lies in two of them, and no file is ever rewritten.
 */
export class SegmentStore {
  readonly #path: string;
  readonly #names: SegmentNames;
  readonly #limits: SegmentLimits;
  readonly #readers: () => Iterable<StoreReader>;
  readonly #appendToLog: AppendToLog;
  #segments: Segment[] = [];
  #file: LogFile | undefined;
  #damaged: LogFile | undefined;
  #lastStamp: SegmentStamp | undefined;
  #isKnown = false;
  #begin: Position | undefined;
  #order = 0;

  constructor(path: string, limits: SegmentLimits, readers: () => Iterable<StoreReader>, appendToLog: AppendToLog) {
    this.#path = path;
    this.#names = new SegmentNames(path);
    this.#limits = limits;
    this.#readers = readers;
    this.#appendToLog = appendToLog;
  }

  /** Whether the folder was read once: only then does an absent segment mean anything. */
  get isKnown(): boolean {
    return this.#isKnown;
  }

  get isOpen(): boolean {
    return this.#file !== undefined;
  }

  /** Where the log ended when this process opened it. */
  get begin(): Position | undefined {
    return this.#begin;
  }

  /** Where it ends now. */
  get end(): Position | undefined {
    const { current } = this;
    return current && { segment: current, offset: current.size };
  }

  /** Oldest first, the current one last. */
  get segments(): readonly Segment[] {
    return this.#segments;
  }

  get current(): Segment | undefined {
    return this.#segments.findLast(({ stamp, isGone }) => stamp === undefined && !isGone);
  }

  /** Of all segments that are at their place. */
  get bytes(): number {
    return this.#segments.reduce((sum, { size, isGone }) => sum + (isGone ? 0 : size), 0);
  }

  /** The next one that has lines. */
  after({ order }: Segment): Segment | undefined {
    return this.#segments.find((segment) => segment.order > order && segment.size > 0);
  }

  /** Opens the current segment, or makes it. @returns the torn last line that an earlier process left */
  async open(): Promise<TornLine | undefined> {
    const { file, torn } = await LogFile.open(this.#path, this.#appendToLog, this.#damaged);
    try {
      await this.#readFolder();
      if (this.#segments.some(({ isGone }) => isGone)) await this.lookAfter();
      await this.#follow(file);
    } catch (error) {
      await file.close();
      throw error;
    }
    this.#file = file;
    this.#damaged = undefined;
    this.#isKnown = true;
    this.#begin ??= this.end;
    return torn;
  }

  /** Appends lines to the current segment, as LogFile does. @returns also the segment that they went to */
  async append(lines: readonly Buffer[]): Promise<Appended & { readonly segment: Segment | undefined }> {
    const file = this.#file;
    if (file === undefined) throw new Error("the log is not open");
    const appended = await file.append(lines);
    const { from } = appended;
    if (from !== undefined) {
      const segment = this.#adopt(file, from);
      segment.size = file.size;
      if (appended.lines > 0) segment.begun ??= Date.now();
    }
    if (file.isDamaged) {
      this.#damaged = file;
      await this.close();
    }
    return { ...appended, segment: this.current };
  }

  /** Whether the current segment has to be closed before `bytes` more are written. */
  isDue(bytes: number): boolean {
    const current = this.current;
    if (current === undefined || current.size === 0) return false;
    const age = Date.now() - (current.begun ?? Date.now());
    return current.size + bytes > this.#limits.segmentSize || age >= this.#limits.segmentAge;
  }

  /**
   * Gives the current segment, which is to end with a whole line, its final name; the next one has to be opened then.
   *
   * @throws {RotationError} where nothing has changed
   */
  async rotate(): Promise<void> {
    const segment = this.current;
    if (segment === undefined) return;
    let stamp = nextStamp(this.#lastStamp, Date.now());
    try {
      while (await isThere(this.#names.path(stamp))) stamp = nextStamp(stamp, Date.now());
      await segment.moveTo(this.#names.path(stamp), stamp);
    } catch (cause) {
      throw new RotationError(`the segment ${segment.path} cannot be closed`, { cause });
    }
    this.#lastStamp = stamp;
    await this.close();
    await this.tidy();
  }

  /** Sees which closed segments are at their place: a folder may be moved away, and back, and files be deleted. */
  async lookAfter(): Promise<void> {
    for (const segment of this.#segments) {
      if (segment.stamp !== undefined) segment.isGone = !(await isAt(segment));
    }
  }

  /** The oldest segment that has to go for the sake of the disk budget. */
  get surplus(): Segment | undefined {
    if (this.bytes <= this.#limits.disk) return undefined;
    const oldest = this.#segments.find(({ stamp, isGone }) => stamp !== undefined && !isGone);
    // Readers go on in the next one, and a cursor is a place in a segment that has a line.
    return oldest !== undefined && this.after(oldest) !== undefined ? oldest : undefined;
  }

  /** Whether segments can be deleted at all. @throws {RotationError} */
  async assertDeletable(): Promise<void> {
    try {
      await access(this.#names.folder, constants.W_OK | constants.X_OK);
    } catch (cause) {
      throw new RotationError(`no segment can be deleted in ${this.#names.folder}`, { cause });
    }
  }

  /** Deletes a closed segment, which nobody may need any more. @throws {RotationError} */
  async delete(segment: Segment): Promise<void> {
    this.#segments = this.#segments.filter((other) => other !== segment);
    await segment.close();
    try {
      await unlink(segment.path);
    } catch (cause) {
      if (!hasCode(cause, "ENOENT", "ENOTDIR")) {
        throw new RotationError(`the segment ${segment.path} cannot be deleted`, { cause });
      }
    }
  }

  /** Closes the current segment's file; it may be opened again. */
  async close(): Promise<void> {
    const file = this.#file;
    this.#file = undefined;
    try {
      await file?.close();
    } catch (error) {
      // close(2) tells a write error of earlier, and fdatasync has told that already; the descriptor is gone either way.
      if (!hasCode(error, "EIO", "ENOSPC", "EDQUOT")) throw error;
    }
  }

  /** The current segment is not at its path any more. Who has not read it to its end goes on by its descriptor. */
  async leave(): Promise<void> {
    const [file, segment] = [this.#file, this.current];
    this.#file = undefined;
    if (segment !== undefined) segment.isGone = true;
    if (file !== undefined && segment !== undefined) await segment.keep(file.detach());
    await this.lookAfter();
    await this.tidy();
  }

  /** Closes descriptors that nobody needs, and forgets segments that are gone. */
  async tidy(): Promise<void> {
    const readers = [...this.#readers()];
    const isDone = (segment: Segment): boolean => readers.every((reader) => reader.isBeyond(segment));
    const gone = this.#segments.filter((segment) => segment.isGone && isDone(segment));
    this.#segments = this.#segments.filter((segment) => !gone.includes(segment));
    const idle = this.#segments.filter(
      (segment) =>
        (segment.stamp !== undefined || readers.length === 0) &&
        !segment.isGone &&
        !readers.some((reader) => reader.isIn(segment)),
    );
    for (const segment of [...gone, ...idle]) await segment.close();
  }

  async #readFolder(): Promise<void> {
    if (this.#isKnown) return;
    const found: [SegmentStamp, string][] = [];
    for (const name of await readdir(this.#names.folder)) {
      const stamp = this.#names.parse(name);
      if (stamp !== undefined) found.push([stamp, join(this.#names.folder, name)]);
    }
    found.sort(([a], [b]) => compareStamps(a, b));
    const segments: Segment[] = [];
    for (const [stamp, path] of found) {
      this.#lastStamp = stamp;
      const stats = await lstat(path);
      if (!stats.isFile() || stats.size === 0) continue;
      segments.push(new Segment(this.#order++, path, stamp, inodeOf(stats), stats.size));
    }
    this.#segments = segments;
  }

  /** Makes the file that was opened the current segment. */
  async #follow(file: LogFile): Promise<void> {
    const before = this.#segments.at(-1);
    if (before !== undefined && before.stamp === undefined && !before.isCut)
      before.isGone = before.inode !== file.inode;
    const segment = this.#adopt(file, file.size);
    if (segment.begun !== undefined || segment.size === 0) return;
    const { lines } = await readLines(segment, 0, segment.size, { lines: 1, bytes: 1 });
    segment.begun = timeOf(lines[0]) ?? Date.now();
    await this.tidy();
  }

  /** What stands in the file up to `size` that did not come from here belongs to the log as well. */
  #adopt(file: LogFile, size: number): Segment {
    let segment = this.current;
    if (segment !== undefined && size < segment.size) {
      segment.isGone = true;
      segment.isCut = true;
      segment = undefined;
    }
    if (segment === undefined) {
      segment = new Segment(this.#order++, this.#path, undefined, file.inode, 0);
      this.#segments = [...this.#segments, segment];
    }
    const from = segment.size;
    segment.size = size;
    if (size > from) for (const reader of this.#readers()) reader.grew(segment, from, size);
    return segment;
  }
}

async function isThere(path: string): Promise<boolean> {
  try {
    await lstat(path);
    return true;
  } catch (error) {
    if (hasCode(error, "ENOENT")) return false;
    throw error;
  }
}

async function isAt({ path, inode }: Segment): Promise<boolean> {
  try {
    return inodeOf(await lstat(path)) === inode;
  } catch (error) {
    // Closed to us for now is not gone.
    return !hasCode(error, "ENOENT", "ENOTDIR");
  }
}
