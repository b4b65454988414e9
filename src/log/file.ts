import { constants, type Stats } from "node:fs";
import { open, stat, type FileHandle } from "node:fs/promises";
import { dirname } from "node:path";

import { hasCode } from "../errno.js";
import { syncFolder } from "./folder.js";
import { inodeOf } from "./segment.js";
import { repairTail, type TornLine } from "./tail.js";

const FILE_MODE = 0o640;
/** The last component must not be a link that leads elsewhere, and a FIFO must not make open wait for a reader. */
const OPEN_FLAGS = constants.O_RDWR | constants.O_APPEND | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/** The file at the log's path is not the one that was opened: it was moved, deleted or replaced. */
export class LogMovedError extends Error {
  override readonly name = "LogMovedError";

  constructor(path: string) {
    super(`${path} was moved away or deleted`);
  }
}

/** What became of the lines given to `append`. */
export interface Appended {
  /** The first `lines` of them are on disk. */
  readonly lines: number;
  /** Where in the file the first of them begins; undefined where the file could not be looked at. */
  readonly from: number | undefined;
  /** Why the others are not. */
  readonly failure?: unknown;
}

/**
 * The log's file, open for appending whole lines. Wherever a call fails, the file ends with a whole line, or
 * `isDamaged` says that it may not: then it has to be opened anew with the size up to which it is good.
 */
export class LogFile {
  readonly path: string;
  readonly #file: FileHandle;
  readonly inode: string;
  /** Bytes, all of them whole lines. */
  #size: number;
  #damaged = false;

  private constructor(path: string, file: FileHandle, stats: Stats) {
    this.path = path;
    this.#file = file;
    this.inode = inodeOf(stats);
    this.#size = stats.size;
  }

  /**
   * Opens the log in its folder; a missing file is made, for the folder's group to read.
   *
   * @param damaged a file in which a write of this process failed: if it is still the one, what stands beyond its good
   *   size is cut off, for those lines are still in the queue
   * @returns also the torn last line that an earlier process left
   */
  static async open(path: string, damaged?: LogFile): Promise<{ file: LogFile; torn: TornLine | undefined }> {
    const folder = dirname(path);
    const handle = (await openIfThere(path)) ?? (await create(path));
    try {
      let stats = await handle.stat();
      if (!stats.isFile()) throw new Error(`${path} is not a regular file`);
      if (damaged !== undefined && damaged.inode === inodeOf(stats) && stats.size > damaged.#size) {
        await handle.truncate(damaged.#size);
      }
      if (stats.size === 0) await syncFolder(folder);
      const torn = await repairTail(handle, (await handle.stat()).size, `${path}.torn`);
      stats = await handle.stat();
      return { file: new LogFile(path, handle, stats), torn };
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  get size(): number {
    return this.#size;
  }

  get isDamaged(): boolean {
    return this.#damaged;
  }

  /** @throws {LogMovedError} where another file, or none, is at the path now */
  async assertCurrent(): Promise<Stats> {
    try {
      const stats = await stat(this.path);
      if (inodeOf(stats) === this.inode) return stats;
    } catch (error) {
      if (!hasCode(error, "ENOENT", "ENOTDIR")) throw error;
    }
    throw new LogMovedError(this.path);
  }

  /** Appends lines and syncs them, as many as the disk takes. It does not throw. */
  async append(lines: readonly Buffer[]): Promise<Appended> {
    try {
      const { size } = await this.assertCurrent();
      // Somebody emptied or shortened the file (`copytruncate`), or wrote into it.
      if (size !== this.#size) await this.#adopt(size);
    } catch (failure) {
      return { lines: 0, from: undefined, failure };
    }
    const from = this.#size;
    const { bytes, failure } = await this.#write(lines);
    const whole = wholeLines(lines, bytes);
    try {
      if (bytes > whole.bytes) await this.#cutTo(this.#size + whole.bytes);
      if (whole.lines > 0) await this.#sync();
    } catch (error) {
      // After a failed fdatasync the kernel may have thrown the pages away and call the next one a success.
      this.#damaged = true;
      return { lines: 0, from, failure: error };
    }
    this.#size += whole.bytes;
    return { lines: whole.lines, from, ...(failure === undefined ? {} : { failure }) };
  }

  async close(): Promise<void> {
    await this.#file.close();
  }

  /** The descriptor, for somebody else to read from and to close. */
  detach(): FileHandle {
    return this.#file;
  }

  async #adopt(size: number): Promise<void> {
    await repairTail(this.#file, size, `${this.path}.torn`);
    this.#size = (await this.#file.stat()).size;
  }

  async #write(lines: readonly Buffer[]): Promise<{ bytes: number; failure?: unknown }> {
    let rest = [...lines];
    let bytes = 0;
    try {
      while (rest.length > 0) {
        const { bytesWritten } = await this.#file.writev(rest);
        bytes += bytesWritten;
        rest = skipBytes(rest, bytesWritten);
      }
      return { bytes };
    } catch (failure) {
      return { bytes, failure };
    }
  }

  async #cutTo(size: number): Promise<void> {
    this.#damaged = true;
    await this.#file.truncate(size);
    this.#damaged = false;
  }

  async #sync(): Promise<void> {
    const [stats] = await Promise.all([this.#file.stat(), this.#file.datasync()]);
    // Deleted since it was looked at: what was written is gone with it.
    if (stats.nlink === 0) throw new LogMovedError(this.path);
  }
}

async function openIfThere(path: string): Promise<FileHandle | undefined> {
  try {
    return await open(path, OPEN_FLAGS);
  } catch (error) {
    if (hasCode(error, "ENOENT")) return undefined;
    throw error;
  }
}

/** A new file: whatever the umask, the folder's group may read it, for a forwarder does so by its group. */
async function create(path: string): Promise<FileHandle> {
  const handle = await open(path, OPEN_FLAGS | constants.O_CREAT, FILE_MODE);
  try {
    await handle.chmod(FILE_MODE);
    const [{ gid }, { uid, gid: own }] = await Promise.all([stat(dirname(path)), handle.stat()]);
    if (gid !== own) await handle.chown(uid, gid);
  } catch (error) {
    // Whoever is not in that group cannot give it the file; there the folder needs the setgid bit.
    if (!hasCode(error, "EPERM")) {
      await handle.close();
      throw error;
    }
  }
  return handle;
}

/** How many of the lines are whole in the first `bytes` of them, and how long these are. */
function wholeLines(lines: readonly Buffer[], bytes: number): { lines: number; bytes: number } {
  let whole = 0;
  let length = 0;
  for (const line of lines) {
    if (length + line.length > bytes) break;
    length += line.length;
    whole++;
  }
  return { lines: whole, bytes: length };
}

function skipBytes(buffers: readonly Buffer[], bytes: number): Buffer[] {
  const { lines, bytes: skipped } = wholeLines(buffers, bytes);
  const [first, ...others] = buffers.slice(lines);
  return first === undefined ? [] : [first.subarray(bytes - skipped), ...others];
}
