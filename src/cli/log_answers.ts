import { open, stat, type FileHandle } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";

import { textOf, valuesOf } from "../detect/document.js";
import { hasCode } from "../errno.js";
import { RELOAD_REFUSED, RELOADED } from "../health/reload.js";
import { parseJsonObject, type JsonObject } from "../json.js";

/** ms between two looks at the log. */
const LOOK_EVERY = 50;
/** Bytes that are read at once. */
const CHUNK = 256 * 1024;

/** What a running agent says to a reload: it writes that into its log. */
export class LogAnswers {
  readonly #path: string;
  readonly #pid: number;
  /** ms since 1970: what the process began to read before that is no answer to what it is told from now on. */
  readonly #since = Date.now();
  #file: FileHandle;
  #position: number;
  /** The beginning of a line whose end has not come yet, as latin1: a character may lie in two chunks. */
  #rest = "";

  private constructor(path: string, pid: number, file: FileHandle, position: number) {
    this.#path = path;
    this.#pid = pid;
    this.#file = file;
    this.#position = position;
  }

  /** Reads what is written from now on. @throws what open(2) says */
  static async follow(path: string, pid: number): Promise<LogAnswers> {
    const file = await open(path, "r");
    return new LogAnswers(path, pid, file, (await file.stat()).size);
  }

  /**
   * The next answer of the process.
   *
   * @param patience ms
   * @param isThere whether the process still runs
   * @returns undefined where none came
   */
  async next(patience: number, isThere = (): boolean => true): Promise<JsonObject | undefined> {
    for (const end = performance.now() + patience; performance.now() < end;) {
      const isOver = !isThere(); // what it wrote before is read all the same
      const isReplaced = await this.#isReplaced();
      const lines = await this.#lines();
      const answer = lines.map((line) => this.#answerIn(line)).find((document) => document !== undefined);
      if (answer !== undefined) return answer;
      if (lines.length > 0) continue;
      if (isReplaced) await this.#goOn();
      else if (isOver) return undefined;
      else await delay(LOOK_EVERY);
    }
    return undefined;
  }

  close(): Promise<void> {
    return this.#file.close();
  }

  #answerIn(line: string): JsonObject | undefined {
    // Most lines are alerts, and some are long.
    if (!line.includes(RELOADED) && !line.includes(RELOAD_REFUSED)) return undefined;
    const document = parseJsonObject(Buffer.from(line, "latin1").toString("utf8"));
    if (document === undefined) return undefined;
    const action = textOf(document, "event.action");
    if (action !== RELOADED && action !== RELOAD_REFUSED) return undefined;
    if (valuesOf(document, "wallwatch.reload.pid")[0] !== this.#pid) return undefined;
    return Date.parse(textOf(document, "event.start") ?? "") < this.#since ? undefined : document;
  }

  /** Whether a new segment was begun: the one that is open has its last line then. */
  async #isReplaced(): Promise<boolean> {
    try {
      return (await stat(this.#path)).ino !== (await this.#file.stat()).ino;
    } catch (error) {
      if (hasCode(error, "ENOENT")) return false; // in between the two
      throw error;
    }
  }

  /** Goes on at the beginning of the new segment. */
  async #goOn(): Promise<void> {
    const next = await open(this.#path, "r");
    await this.#file.close();
    this.#file = next;
    this.#position = 0;
    this.#rest = "";
  }

  /** The lines that have come since, as latin1. */
  async #lines(): Promise<string[]> {
    const buffer = Buffer.allocUnsafe(CHUNK);
    const { bytesRead } = await this.#file.read(buffer, 0, CHUNK, this.#position);
    this.#position += bytesRead;
    const lines = (this.#rest + buffer.toString("latin1", 0, bytesRead)).split("\n");
    this.#rest = lines.pop() ?? "";
    return lines;
  }
}
