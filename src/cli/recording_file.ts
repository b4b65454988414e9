import { lstat, open, rm, type FileHandle } from "node:fs/promises";

import { hasCode } from "../errno.js";
import { CommandError, EXIT } from "./exit.js";

/** It holds what all users of a host execute. */
const MODE = 0o600;
/** Characters that may wait for the disk before whoever writes has to wait as well. */
const MAX_PENDING = 1_048_576;

/** A recording on disk. What comes while a write is under way goes into the next one, so there are few of them in a storm. */
export class RecordingFile {
  readonly isClosed = false;
  #pending = "";
  #writing: Promise<void> | undefined;
  #error: CommandError | undefined;

  private constructor(
    private readonly file: FileHandle,
    private readonly path: string,
  ) {}

  /**
   * Creates the file, which must not be there yet, not even as a link.
   *
   * @param replace takes away a regular file or a link that is there
   * @throws {CommandError}
   */
  static async create(path: string, replace: boolean): Promise<RecordingFile> {
    try {
      if (replace) await makeWay(path);
      return new RecordingFile(await open(path, "wx", MODE), path);
    } catch (error) {
      if (!hasCode(error, "EEXIST")) throw refusalOf(path, error);
      throw new CommandError(EXIT.io, `${path} is there already.`, "Name another file, or replace it with --force.");
    }
  }

  /** @throws {CommandError} where this or an earlier piece could not be written */
  async write(text: string): Promise<void> {
    if (text === "") return;
    this.#pending += text;
    this.#writing ??= this.#drain();
    if (this.#pending.length > MAX_PENDING) await this.#writing;
    if (this.#error !== undefined) throw this.#error;
  }

  /** Resolves when all is on disk. @throws {CommandError} where it is not */
  async close(): Promise<void> {
    await this.#writing;
    try {
      await this.file.datasync();
    } catch (error) {
      this.#error ??= refusalOf(this.path, error);
    }
    await this.file.close();
    if (this.#error !== undefined) throw this.#error;
  }

  /** Never rejects: it runs beside what could take the error, and that may never ask. */
  async #drain(): Promise<void> {
    try {
      while (this.#pending !== "") {
        const text = this.#pending;
        this.#pending = "";
        await this.file.appendFile(text);
      }
    } catch (error) {
      this.#error = refusalOf(this.path, error);
    } finally {
      this.#writing = undefined;
    }
  }
}

async function makeWay(path: string): Promise<void> {
  try {
    const stats = await lstat(path);
    if (!stats.isFile() && !stats.isSymbolicLink()) {
      throw new CommandError(EXIT.io, `${path} is not a file: it is not replaced.`);
    }
    await rm(path);
  } catch (error) {
    if (!hasCode(error, "ENOENT")) throw error;
  }
}

function refusalOf(path: string, error: unknown): CommandError {
  if (error instanceof CommandError) return error;
  const detail = error instanceof Error ? error.message : String(error);
  return new CommandError(EXIT.io, `${path} can't be written: ${detail}.`, undefined, { cause: error });
}
