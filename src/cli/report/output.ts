import { write } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { promisify } from "node:util";

import { hasCode } from "../../errno.js";

const writeTo = promisify(write);

/** Bytes that wait for a reader; a screenful is some 10 KiB. */
const LIMIT = 256 * 1024;
/** ms until a descriptor that would block is tried again. */
const TRY_AGAIN = 20;

/**
 * Text on its way to a terminal or a pipe. Node writes to these synchronously: a terminal that is stopped (Ctrl-S, a
 * selection) or a journal that hangs would stop the whole process. This one writes on the thread pool, one piece
 * at a time, and when nobody reads it drops what is beyond its bound and says so later.
 */
export class Output {
  readonly #fd: number;
  readonly #announce: (lost: number) => string;
  #waiting: Buffer[] = [];
  #bytes = 0;
  #lost = 0;
  #isClosed = false;
  #work: Promise<void> | undefined;

  /** @param announce the text that says how many pieces were dropped */
  constructor(fd: number, announce: (lost: number) => string) {
    this.#fd = fd;
    this.#announce = announce;
  }

  /** Queues a piece and returns at once. */
  write(text: string): void {
    const piece = Buffer.from(text);
    if (this.#isClosed) return;
    if (this.#bytes + piece.length > LIMIT) {
      this.#lost++;
      return;
    }
    this.#waiting.push(piece);
    this.#bytes += piece.length;
    this.#work ??= this.#drain();
  }

  /** Resolves when everything is written, or `patience` ms are over. */
  async flush(patience: number): Promise<void> {
    const abort = new AbortController();
    await Promise.race([this.#work, delay(patience, undefined, { signal: abort.signal }).catch(() => undefined)]);
    abort.abort();
  }

  async #drain(): Promise<void> {
    while (this.#waiting.length > 0) {
      const pieces = Buffer.concat(this.#waiting);
      this.#waiting = [];
      await this.#writeAll(pieces);
      this.#bytes -= pieces.length;
      if (this.#lost > 0) {
        const notice = this.#announce(this.#lost);
        this.#lost = 0;
        this.write(notice);
      }
    }
    this.#work = undefined;
  }

  async #writeAll(pieces: Buffer): Promise<void> {
    let rest = pieces;
    while (rest.length > 0 && !this.#isClosed) {
      try {
        const { bytesWritten } = await writeTo(this.#fd, rest);
        rest = rest.subarray(bytesWritten);
      } catch (error) {
        // Whoever read is gone (EPIPE, EIO): there is nobody left to tell.
        if (hasCode(error, "EAGAIN")) await delay(TRY_AGAIN);
        else this.#isClosed = true;
      }
    }
  }
}
