import { once } from "node:events";
import type { Writable } from "node:stream";

import { hasCode } from "../errno.js";
import { CommandError, EXIT } from "./exit.js";

/** The standard streams, as a command of the terminal uses them; tests give others. */
export interface Stdio {
  readonly stdin: AsyncIterable<Buffer>;
  readonly stdout: Sink;
  readonly stderr: Sink;
}

/** What a terminal's stream has beyond any other. */
export interface TerminalStream extends Writable {
  readonly isTTY?: boolean;
  readonly columns?: number;
}

export function processStdio(): Stdio {
  return { stdin: process.stdin, stdout: new Sink(process.stdout), stderr: new Sink(process.stderr) };
}

/** What takes the output takes no more: its disk is full, for instance. */
export class OutputError extends CommandError {
  constructor(cause: unknown) {
    const detail = cause instanceof Error ? cause.message : String(cause);
    super(EXIT.io, `The output cannot be written: ${detail}.`, undefined, { cause });
  }
}

/**
 * Text for somebody who may be slow or stop reading: `wallwatch query … | head -1`. Writing waits for a slow reader, so
 * that nothing piles up in memory, and says when there is no reader left.
 */
export class Sink {
  #isClosed = false;
  #error: OutputError | undefined;

  constructor(readonly stream: TerminalStream) {
    stream.on("error", (error) => {
      if (this.#isGone(error)) this.#isClosed = true;
      else this.#error ??= new OutputError(error);
    });
    stream.on("close", () => (this.#isClosed = true));
  }

  /** Whether nobody reads any more. */
  get isClosed(): boolean {
    return this.#isClosed;
  }

  get isTerminal(): boolean {
    return this.stream.isTTY === true;
  }

  /** Terminal columns; 80 where there is no terminal. */
  get columns(): number {
    return this.stream.columns ?? 80;
  }

  /** @throws {OutputError} with what the system says, such as ENOSPC, if not of this piece then of an earlier one */
  async write(text: string): Promise<void> {
    if (this.#error !== undefined) throw this.#error;
    if (this.#isClosed || this.stream.write(text)) return;
    const abort = new AbortController();
    const { signal } = abort;
    try {
      await Promise.race([once(this.stream, "drain", { signal }), once(this.stream, "close", { signal })]);
    } catch (error) {
      if (!this.#isGone(error)) throw new OutputError(error);
    } finally {
      abort.abort();
    }
  }

  /** Whoever read has read enough, or is gone with the terminal; of a file EIO says that the disk is broken. */
  #isGone(error: unknown): boolean {
    return hasCode(error, "EPIPE") || (this.isTerminal && hasCode(error, "EIO"));
  }
}
