import { constants, type Stats } from "node:fs";
import { open, stat, type FileHandle } from "node:fs/promises";
import { dirname } from "node:path";

import type { AppendToLog, LogAppended } from "../capture/binding.js";
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
  readonly #appendToLog: AppendToLog;

  private constructor(path: string, file: FileHandle, stats: Stats, appendToLog: AppendToLog) {
    this.path = path;
    this.#file = file;
    this.#appendToLog = appendToLog;
    this.inode = inodeOf(stats);
    this.#size = stats.size;
  }

  /**
   * Opens the log in its folder; a missing file is made, for the folder's group to read.
   *
   * @param appendToLog of the addon
   * @param damaged a file in which a write of this process failed: if it is still the one, what stands beyond its good
   *   size is cut off, for those lines are still in the queue
   * @returns also the torn last line that an earlier process left
   */
  static async open(
    path: string,
    appendToLog: AppendToLog,
    damaged?: LogFile,
  ): Promise<{ file: LogFile; torn: TornLine | undefined }> {
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
      return { file: new LogFile(path, handle, stats, appendToLog), torn };
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

  /** Appends lines and syncs them, as many as the disk takes. It does not throw. */
  async append(lines: readonly Buffer[]): Promise<Appended> {
    let appended: LogAppended;
    try {
      appended = await this.#write(lines);
    } catch (failure) {
      return { lines: 0, from: undefined, failure };
    }
    const from = this.#size;
    const { written, synced, error } = appended;
    const whole = wholeLines(lines, written);
    try {
      if (!synced) {
        // After a failed fdatasync the kernel may have thrown the pages away and call the next one a success.
        if (error?.syscall !== "writev") throw error ?? new LogMovedError(this.path);
        if (written > whole.bytes) await this.#file.truncate(from + whole.bytes);
        if (whole.lines > 0) await this.#sync();
      }
    } catch (failure) {
      this.#damaged = true;
      return { lines: 0, from, failure };
    }
    this.#size += whole.bytes;
    return { lines: whole.lines, from, ...(error === undefined ? {} : { failure: error }) };
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

  /** @throws where nothing was written, because the file is not at its place or may not be looked at */
  async #write(lines: readonly Buffer[]): Promise<LogAppended> {
    let appended = await this.#appendToLog(this.#file.fd, this.path, this.#size, lines);
    if (appended.size !== undefined && appended.size !== this.#size) {
      // Somebody emptied or shortened the file (`copytruncate`), or wrote into it.
      await this.#adopt(appended.size);
      appended = await this.#appendToLog(this.#file.fd, this.path, this.#size, lines);
    }
    if (appended.size === undefined) throw appended.error ?? new LogMovedError(this.path);
    if (appended.size !== this.#size) throw new Error(`${this.path} is being written by somebody else`);
    return appended;
  }

  async #sync(): Promise<void> {
    await this.#file.datasync();
    // Deleted since it was looked at: what was written is gone with it.
    const { nlink } = await this.#file.stat();
    if (nlink === 0) throw new LogMovedError(this.path);
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
