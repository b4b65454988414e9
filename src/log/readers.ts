import type { Written } from "./batch.js";
import { CursorFile } from "./cursor.js";
import type { LogEvents } from "./events.js";
import type { LineQueue } from "./queue.js";
import { SegmentReader, type LogReader, type ReaderTrouble } from "./reader.js";
import type { SegmentStore } from "./store.js";
import { reasonOf, Teller } from "./teller.js";

/** What the readers of a log share. */
export interface ReadersOptions {
  readonly store: SegmentStore;
  readonly queue: LineQueue;
  /** Whether the disk refuses the queue's lines. */
  readonly isRefused: () => boolean;
  /** The folder of their cursors. */
  readonly state: string;
  readonly events: LogEvents;
}

/** The readers of a log, by name. */
export class Readers {
  readonly #options: ReadersOptions;
  readonly #readers = new Map<string, SegmentReader>();

  constructor(options: ReadersOptions) {
    this.#options = options;
  }

  [Symbol.iterator](): Iterator<SegmentReader> {
    return this.#readers.values();
  }

  async open(name: string): Promise<LogReader> {
    if (this.#readers.has(name)) throw new Error(`the reader ${name} is open already`);
    const { state, ...source } = this.#options;
    const reader = new SegmentReader(
      { ...source, trouble: this.#trouble(name), closed: () => this.#readers.delete(name) },
      new CursorFile(state, name),
    );
    this.#readers.set(name, reader);
    await reader.find();
    return reader;
  }

  written(written: Written): void {
    for (const reader of this) reader.written(written);
  }

  wake(): void {
    for (const reader of this) reader.wake();
  }

  /** The number of the first line in the queue that some reader has not committed; 0 where nobody reads. */
  get passed(): number {
    const numbers = [...this].map(({ sequence }) => sequence);
    return numbers.length === 0 ? 0 : Math.min(...numbers);
  }

  /** What goes on is not told over and over. */
  #trouble(name: string): (trouble: ReaderTrouble) => void {
    const tellers = { "read-refused": new Teller(), "cursor-refused": new Teller() };
    return (trouble) => {
      const { kind, error } = trouble;
      const goesOn = kind === "read-refused" || kind === "cursor-refused";
      if (!goesOn || tellers[kind].isDue(reasonOf(error))) this.#options.events.reader?.(name, trouble);
    };
  }
}
