import { printable } from "../printable.js";
import type { RecordedEvent, RecordingProblem } from "../replay/event.js";
import { openInput } from "../replay/input.js";
import { readEvents } from "../replay/reader.js";
import { Progress } from "./progress.js";
import { OutputError, type Stdio } from "./stdio.js";

/** What is done with the events of recordings. */
export interface Reading {
  /** Takes the events of one piece together. @returns what is to be printed of them */
  take(events: readonly RecordedEvent[]): string;
  /** No further event could change anything. */
  readonly isFull: boolean;
}

/**
 * Reads recordings for a command of the terminal, one after the other, and prints what is made of them. What cannot be read
 * is named on standard error, and the rest is read all the same.
 */
export class Recordings {
  readonly #stdio: Stdio;
  readonly #progress: Progress;
  #events = 0;
  #isTroubled = false;

  constructor(stdio: Stdio) {
    this.#stdio = stdio;
    this.#progress = new Progress(stdio.stderr);
  }

  /** Something could not be read. */
  get isTroubled(): boolean {
    return this.#isTroubled;
  }

  /** @param paths of files, "-" for standard input; none is the same. @throws {OutputError} */
  async readAll(paths: readonly string[], reading: Reading): Promise<void> {
    for (const path of paths.length > 0 ? paths : ["-"]) {
      if (this.#isOver(reading)) break;
      try {
        await this.#read(path, reading);
      } catch (error) {
        // No fault of what is read.
        if (error instanceof OutputError) throw error;
        await this.complain(printable(`${path}: ${error instanceof Error ? error.message : String(error)}`));
      }
    }
    await this.#progress.clear();
  }

  async print(text: string): Promise<void> {
    if (text === "") return;
    await this.#progress.clear();
    await this.#stdio.stdout.write(text);
  }

  /** Says what is wrong on standard error; from then on `isTroubled`. */
  async complain(message: string): Promise<void> {
    this.#isTroubled = true;
    await this.#progress.clear();
    await this.#stdio.stderr.write(`wallwatch: ${message}\n`);
  }

  async #read(path: string, reading: Reading): Promise<void> {
    const input = await openInput(path, this.#stdio.stdin);
    const problems: RecordingProblem[] = [];
    const complain = async (): Promise<void> => {
      for (const { line, message } of problems.splice(0))
        await this.complain(`${printable(input.name)}:${line}: ${message}`);
    };
    try {
      for await (const batch of readEvents(input.chunks, (problem) => problems.push(problem))) {
        await complain();
        this.#events += batch.length;
        await this.print(reading.take(batch));
        if (this.#isOver(reading)) return;
        const { name, position: bytes, size } = input;
        await this.#progress.update({ name: printable(name), bytes, size, events: this.#events });
      }
    } finally {
      await complain();
    }
  }

  /** Nobody reads any more, or nothing more could be said. */
  #isOver(reading: Reading): boolean {
    return reading.isFull || this.#stdio.stdout.isClosed;
  }
}
