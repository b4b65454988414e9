import { createHash } from "node:crypto";
import { constants, type Stats } from "node:fs";
import { open, rename, type FileHandle } from "node:fs/promises";

import { hasCode } from "../errno.js";
import type { SegmentStamp } from "./segment_name.js";

const NEWLINE = 0x0a;
const READ_FLAGS = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
/** Bytes of a first line that tell a segment from any other: ids and the time stand in them. */
const FIRST_LINE = 64 * 1024;

/** A segment's file is not at its path any more: somebody else moved, deleted or emptied it. */
export class SegmentGoneError extends Error {
  override readonly name = "SegmentGoneError";

  constructor(path: string) {
    super(`${path} was moved away, deleted or cut short`);
  }
}

/** One file of the log, for reading. Several readers may use it at once: it keeps one descriptor, opened when it is needed. */
export class Segment {
  /** Changes once, when the segment is closed and gets its final name. */
  path: string;
  /** Undefined while it is the current one. */
  stamp: SegmentStamp | undefined;
  /** Bytes that are on disk, all of them whole lines. */
  size: number;
  /** ms since 1970 of its first line; undefined where there is none yet. */
  begun: number | undefined;
  /** Somebody else took the file away, or cut it short: only what is open can still be read. */
  isGone = false;
  /** Somebody else cut it short: what stands in the file now is another segment. */
  isCut = false;
  readonly inode: string;
  /** Position among all segments that this process has known. */
  readonly order: number;
  #handle: Promise<FileHandle> | undefined;
  #moving: Promise<void> | undefined;
  #first: string | undefined;

  constructor(order: number, path: string, stamp: SegmentStamp | undefined, inode: string, size: number) {
    this.order = order;
    this.path = path;
    this.stamp = stamp;
    this.inode = inode;
    this.size = size;
  }

  /**
   * Reads up to the end of `buffer`, fewer bytes only where the file ends.
   *
   * @throws {SegmentGoneError}
   * @throws what the system says
   */
  async read(buffer: Buffer, position: number): Promise<number> {
    if (this.isCut) throw new SegmentGoneError(this.path);
    const handle = await this.#opened();
    let filled = 0;
    while (filled < buffer.length) {
      const { bytesRead } = await handle.read(buffer, filled, buffer.length - filled, position + filled);
      if (bytesRead === 0) break;
      filled += bytesRead;
    }
    return filled;
  }

  /** A hash of the first line, by which the segment is known again under any name; undefined while it has none. */
  async firstLine(): Promise<string | undefined> {
    if (this.size === 0) return undefined;
    if (this.#first === undefined) {
      const buffer = Buffer.allocUnsafe(Math.min(this.size, FIRST_LINE));
      const line = buffer.subarray(0, await this.read(buffer, 0));
      const end = line.indexOf(NEWLINE);
      this.#first = createHash("sha256")
        .update(end < 0 ? line : line.subarray(0, end))
        .digest("hex");
    }
    return this.#first;
  }

  /** Renames the file. @throws what rename(2) says; it has its old name then */
  async moveTo(path: string, stamp: SegmentStamp): Promise<void> {
    this.#moving = this.#rename(path, stamp);
    try {
      await this.#moving;
    } finally {
      this.#moving = undefined;
    }
  }

  /** Gives it the descriptor of a file that cannot be opened by its path any more. */
  async keep(handle: FileHandle): Promise<void> {
    const before = this.#handle;
    this.#handle = Promise.resolve(handle);
    await closeIt(before);
  }

  /** Closes the descriptor; a later read opens it again. */
  async close(): Promise<void> {
    const before = this.#handle;
    this.#handle = undefined;
    await closeIt(before);
  }

  async #opened(): Promise<FileHandle> {
    for (;;) {
      const opening = (this.#handle ??= this.#open());
      try {
        return await opening;
      } catch (error) {
        // It may have been given another one meanwhile.
        if (this.#handle === opening) {
          this.#handle = undefined;
          throw error;
        }
      }
    }
  }

  async #rename(path: string, stamp: SegmentStamp): Promise<void> {
    await rename(this.path, path);
    this.path = path;
    this.stamp = stamp;
  }

  async #open(): Promise<FileHandle> {
    for (;;) {
      const path = this.path;
      try {
        const handle = await open(path, READ_FLAGS);
        if (inodeOf(await handle.stat()) === this.inode) return handle;
        await handle.close();
      } catch (error) {
        if (!hasCode(error, "ENOENT", "ENOTDIR", "ELOOP")) throw error;
      }
      // It may be getting its final name right now.
      if (this.#moving !== undefined) await this.#moving.catch(() => undefined);
      else if (path === this.path) throw new SegmentGoneError(path);
    }
  }
}

async function closeIt(handle: Promise<FileHandle> | undefined): Promise<void> {
  // Where it could not be opened, that was told to whoever read.
  const opened = await handle?.catch(() => undefined);
  await opened?.close();
}

export function inodeOf(stats: Stats): string {
  return `${stats.dev}:${stats.ino}`;
}
