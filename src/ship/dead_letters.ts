import { chown, open, stat, type FileHandle } from "node:fs/promises";
import { dirname, join } from "node:path";

import { hasCode } from "../errno.js";
import { parseJsonObject } from "../json.js";

/** Bytes of all dead letters: some 6,000 alerts. */
const LIMIT = 64 * 2 ** 20;
/** A file that is not there any more after so many is on a disk that gives one file two inode numbers: no resend is so fast. */
const MOST_TRIES = 5;

/** A document that a sink will never take. */
export interface DeadLetter {
  readonly sink: string;
  readonly reason: string;
  /** As it stands in the log, without its newline. */
  readonly line: Buffer;
}

/** Where the dead letters of a log are. */
export function deadLettersPath(logPath: string): string {
  return join(dirname(logPath), "dead-letters.ndjson");
}

/** Where they are while they are sent again. */
export function resendingPath(path: string): string {
  return `${path}.resending`;
}

/**
 * The file of what sinks refuse for ever: the document as it was, which sink, why, when. It is bounded: what has no room is
 * counted and gone, for the queue must not stand still behind it.
 */
export class DeadLetters {
  readonly path: string;
  readonly #limit: number;
  #work: Promise<unknown> = Promise.resolve();

  constructor(path: string, limit = LIMIT) {
    this.path = path;
    this.#limit = limit;
  }

  /**
   * Adds letters; resolves when they are on disk.
   *
   * @returns how many had no room
   * @throws what the system says; then none of them counts as added
   */
  add(letters: readonly DeadLetter[]): Promise<number> {
    // Sinks share the file, and one that fails must not keep the next from trying.
    const added = this.#work.then(() => this.#append(letters));
    this.#work = added.catch(() => undefined);
    return added;
  }

  /** Whether none lies here any more, as after all were sent again. @returns false where that cannot be seen */
  isEmpty(): Promise<boolean> {
    const looked = this.#work.then(async () => {
      // One after the other, and the first one twice: "wallwatch resend" may have moved letters behind a look's back, there or back.
      for (const path of [this.path, resendingPath(this.path), this.path]) {
        if ((await sizeOf(path)) !== 0) return false;
      }
      return true;
    });
    this.#work = looked;
    return looked;
  }

  async #append(letters: readonly DeadLetter[]): Promise<number> {
    for (let tries = 1; ; tries++) {
      const { refused, isThere } = await this.#appendOnce(letters);
      // Better twice than never.
      if (isThere || tries === MOST_TRIES) return refused;
    }
  }

  /** @returns also whether the file is still there: "wallwatch resend" may have moved it, and read it before these were in it */
  async #appendOnce(letters: readonly DeadLetter[]): Promise<{ refused: number; isThere: boolean }> {
    const file = await open(this.path, "a+", 0o640);
    try {
      const { size, uid, ino } = await file.stat();
      await this.#giveToOwner(uid);
      const pieces: Buffer[] = (await endsWithin(file, size)) ? [Buffer.from("\n")] : [];
      let bytes = size;
      let refused = 0;
      for (const letter of letters) {
        const piece = Buffer.from(`${letterText(letter)}\n`);
        if (bytes + piece.length > this.#limit) {
          refused++;
          continue;
        }
        pieces.push(piece);
        bytes += piece.length;
      }
      await file.appendFile(Buffer.concat(pieces));
      await file.datasync();
      return { refused, isThere: (await inodeOf(this.path)) === ino };
    } finally {
      await file.close();
    }
  }

  /** "wallwatch resend" may be root, and the service another user. */
  async #giveToOwner(uid: number): Promise<void> {
    if (process.geteuid?.() !== 0) return;
    const folder = await stat(dirname(this.path));
    if (folder.uid !== uid) await chown(this.path, folder.uid, folder.gid);
  }
}

/** @returns 0 where there is no such file, undefined where the system does not say */
async function sizeOf(path: string): Promise<number | undefined> {
  try {
    return (await stat(path)).size;
  } catch (error) {
    return hasCode(error, "ENOENT") ? 0 : undefined;
  }
}

/** @returns undefined where there is no such file */
async function inodeOf(path: string): Promise<number | undefined> {
  try {
    return (await stat(path)).ino;
  } catch (error) {
    if (hasCode(error, "ENOENT")) return undefined;
    throw error;
  }
}

/** Whether the last line was cut short by a crash. */
async function endsWithin(file: FileHandle, size: number): Promise<boolean> {
  if (size === 0) return false;
  const last = Buffer.alloc(1);
  await file.read(last, 0, 1, size - 1);
  return last.toString() !== "\n";
}

function letterText({ sink, reason, line }: DeadLetter): string {
  const text = line.toString("utf8");
  const isText = Buffer.from(text).equals(line);
  const document = isText ? { line: text } : { line_base64: line.toString("base64") };
  return JSON.stringify({ "@timestamp": new Date().toISOString(), sink, reason, ...document });
}

/** A line of the file; undefined where it is none. */
export function parseDeadLetter(text: string): DeadLetter | undefined {
  const { sink, reason, line, line_base64: encoded } = parseJsonObject(text) ?? {};
  if (typeof sink !== "string" || typeof reason !== "string") return undefined;
  if (typeof line === "string") return { sink, reason, line: Buffer.from(line) };
  return typeof encoded === "string" ? { sink, reason, line: Buffer.from(encoded, "base64") } : undefined;
}
