import type { LogEntry } from "./entry.js";

/** What a bounded queue had no room for. */
export interface ForcedOut {
  readonly lines: number;
  readonly bytes: number;
  /** Lines by their subject, for alerts the rule's id. */
  readonly bySubject: Readonly<Record<string, number>>;
  /** ms since 1970, of the first and of the last line that was refused. */
  readonly from: number;
  readonly until: number;
}

/**
 * The lines that are not on disk yet, first in first out, bounded in bytes. What comes when it is full is refused and
 * counted, rather than that an earlier line makes room: the first alerts of an attack tell most, and whoever fills a disk
 * must not be able to push them out again.
 */
export class LineQueue {
  readonly #limit: number;
  #entries: LogEntry[] = [];
  /** Entries before this one are gone: shifting an array of thousands for each batch would cost its square. */
  #head = 0;
  #bytes = 0;
  #removed = 0;
  #refused: ForcedOut | undefined;

  /** @param limit bytes; a single line that is longer is taken when nothing else waits */
  constructor(limit: number) {
    this.#limit = limit;
  }

  get length(): number {
    return this.#entries.length - this.#head;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** The number of the first line in the queue, counted from 0 since the queue was made. */
  get first(): number {
    return this.#removed;
  }

  /** The number that the next line will have. */
  get end(): number {
    return this.#removed + this.length;
  }

  /** Lines refused since `takeForcedOut` was last asked. */
  get refused(): number {
    return this.#refused?.lines ?? 0;
  }

  /**
   * @param passed lines below this number need no room: `makeRoom` takes them off as soon as it may. Of both kinds together
   *   there is twice the limit at most.
   * @param mayExceed whether a line may be longer than what is left: there will be room in a moment
   * @returns false where there is no room: the line is counted and gone
   */
  push(entry: LogEntry, now: number, passed = 0, mayExceed = false): boolean {
    const bytes = mayExceed ? this.#bytes : this.#bytes + entry.line.length;
    if (this.length > 0 && bytes > this.#limit && !(bytes <= 2 * this.#limit && this.#fits(entry, passed))) {
      this.#refuse(entry, now);
      return false;
    }
    this.#entries.push(entry);
    this.#bytes += entry.line.length;
    return true;
  }

  /**
   * Makes room for an entry where there is none, out of lines that everybody has who reads them: those below number `passed`.
   * They count as refused, for they will never be on disk.
   */
  makeRoom(entry: LogEntry, passed: number, now: number): void {
    let count = 0;
    let { bytes } = this;
    while (this.first + count < passed && count < this.length && bytes + entry.line.length > this.#limit) {
      const oldest = this.#entries[this.#head + count++];
      if (oldest === undefined) break;
      bytes -= oldest.line.length;
      this.#refuse(oldest, now);
    }
    this.remove(count);
  }

  /**
   * The lines from number `from` on, as many as the bounds allow but at least one; they stay in the queue until `remove`.
   */
  peek(maxLines: number, maxBytes: number, from = this.first): readonly LogEntry[] {
    const begin = this.#head + Math.max(0, from - this.first);
    let end = begin;
    let bytes = 0;
    for (; end < this.#entries.length && end - begin < maxLines; end++) {
      bytes += this.#entries[end]?.line.length ?? 0;
      if (bytes > maxBytes && end > begin) break;
    }
    return this.#entries.slice(begin, end);
  }

  /** What there is from number `from` on. */
  from(from: number): { lines: number; bytes: number } {
    const skipped = Math.max(0, from - this.first);
    let { bytes } = this;
    for (let i = this.#head; i < this.#head + skipped; i++) bytes -= this.#entries[i]?.line.length ?? 0;
    return { lines: Math.max(0, this.length - skipped), bytes };
  }

  /** Takes the first `count` lines off. */
  remove(count: number): void {
    for (const entry of this.#entries.slice(this.#head, this.#head + count)) this.#bytes -= entry.line.length;
    this.#head += count;
    this.#removed += count;
    if (this.#head < this.#entries.length / 2) return;
    this.#entries = this.#entries.slice(this.#head);
    this.#head = 0;
  }

  /** What was refused since it was last asked. */
  takeForcedOut(): ForcedOut | undefined {
    const refused = this.#refused;
    this.#refused = undefined;
    return refused;
  }

  #fits(entry: LogEntry, passed: number): boolean {
    return passed > this.first && this.from(passed).bytes + entry.line.length <= this.#limit;
  }

  #refuse({ line, subject }: LogEntry, now: number): void {
    const before = this.#refused ?? { lines: 0, bytes: 0, bySubject: {}, from: now, until: now };
    this.#refused = {
      lines: before.lines + 1,
      bytes: before.bytes + line.length,
      bySubject: { ...before.bySubject, [subject]: (before.bySubject[subject] ?? 0) + 1 },
      from: before.from,
      until: now,
    };
  }
}
