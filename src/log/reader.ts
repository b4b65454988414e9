import {
  DiskBatch,
  MemoryBatch,
  rangeOf,
  type LineRange,
  type LogBatch,
  type Position,
  type Written,
} from "./batch.js";
import type { CursorFile } from "./cursor.js";
import { countLines, readLines, timeOf, type LineLimits } from "./lines.js";
import type { LineQueue } from "./queue.js";
import { isSame, ReaderCursor } from "./reader_cursor.js";
import { SegmentGoneError, type Segment } from "./segment.js";
import type { SegmentStore, StoreReader } from "./store.js";

export type { LogBatch } from "./batch.js";

/** ms until a segment that cannot be read is tried again. */
const RETRY = 2000;

/** One who takes every line of the log, in order and from where it was when it ended last. */
export interface LogReader {
  /**
   * The next lines that are not committed, at least one, in order; waits for one. The same again until they are committed.
   * While the disk refuses lines they come from memory, and then not from disk again. It does not throw.
   *
   * @param limits a single line may be longer than `bytes`
   * @returns undefined once aborted or closed
   */
  next(limits: LineLimits, signal: AbortSignal): Promise<LogBatch | undefined>;

  /**
   * All of the batch has arrived, or lies with the dead letters. Resolves when that is durable. It does not reject: where the
   * cursor cannot be written that is told (`LogEvents.reader`), the reader goes on all the same, and what it has committed
   * since may come again after a restart.
   */
  commit(batch: LogBatch): Promise<void>;

  /** What is not committed. Lines of before the start are counted in the background: until then there are at least as many. */
  readonly waiting: {
    readonly lines: number;
    readonly bytes: number;
    /** ms since 1970: no line that waits is older. */
    readonly oldest: number | undefined;
  };

  close(): Promise<void>;
}

/** What a reader has to tell; nothing of it keeps it from going on. */
export type ReaderTrouble =
  /** Its cursor names no line that is there: it begins with the oldest line that is kept. */
  | { readonly kind: "cursor-lost"; readonly error: unknown }
  /** The cursor cannot be written. */
  | { readonly kind: "cursor-refused"; readonly error: unknown }
  /** A segment cannot be read for now. */
  | { readonly kind: "read-refused"; readonly error: unknown }
  /** Somebody else took away what it had not read. */
  | { readonly kind: "missing"; readonly bytes: number; readonly error: unknown };

/** Where a reader reads. */
export interface ReaderSource {
  readonly store: SegmentStore;
  readonly queue: LineQueue;
  /** Whether the disk refuses the queue's lines. */
  readonly isRefused: () => boolean;
  readonly trouble: (trouble: ReaderTrouble) => void;
  /** The reader is closed. */
  readonly closed: (reader: SegmentReader) => void;
}

/** A reader of the log's segments on disk, and of its queue while the disk refuses. Awake only when there is something new. */
export class SegmentReader implements LogReader, StoreReader {
  readonly #source: ReaderSource;
  readonly #cursor: ReaderCursor;
  /** All before it is committed; undefined until the cursor was found. */
  #position: Position | undefined;
  #finding: Promise<void> | undefined;
  /** Committed lines beyond the position, in order: they were served from memory and written later. */
  #skips: LineRange[] = [];
  /** Lines of the queue below this number are committed, or on disk. */
  #sequence: number;
  /** Where the log ended when the reader was opened. */
  #boundary: Position | undefined;
  #inMemory: MemoryBatch | undefined;
  /** Lines on disk that are not committed, by segment. */
  readonly #lines = new Map<Segment, number>();
  #oldest: number | undefined;
  #news = 0;
  #wakeUp: (() => void) | undefined;
  #retry: NodeJS.Timeout | undefined;
  /** What still uses descriptors of segments. */
  #reading: Promise<unknown> | undefined;
  #counting: Promise<void> = Promise.resolve();
  #isClosed = false;

  constructor(source: ReaderSource, file: CursorFile) {
    this.#source = source;
    this.#cursor = new ReaderCursor(file, (error) => source.trouble({ kind: "cursor-refused", error }));
    this.#sequence = source.queue.first;
    if (source.store.isKnown) this.#boundary = source.store.end;
  }

  async next(limits: LineLimits, signal: AbortSignal): Promise<LogBatch | undefined> {
    while (!this.#isClosed && !signal.aborted) {
      const news = this.#news;
      const reading = this.#tryNext(limits);
      this.#reading = reading;
      const batch = await reading;
      if (batch !== undefined) {
        this.#oldest = timeOf(batch.lines[0]) ?? this.#oldest;
        return batch;
      }
      if (news === this.#news) await this.#pause(signal);
    }
    return undefined;
  }

  async commit(batch: LogBatch): Promise<void> {
    if (batch instanceof MemoryBatch) {
      for (const range of batch.landed.splice(0)) this.#skip(range);
      this.#sequence = Math.max(this.#sequence, batch.end);
      if (this.#inMemory === batch) this.#inMemory = undefined;
    } else if (batch instanceof DiskBatch) {
      const { start, bytes, lines } = batch;
      // A segment that the budget took away meanwhile is behind it already.
      if (this.#position === undefined || !isSame(this.#position, start)) return;
      this.#position = { segment: start.segment, offset: start.offset + bytes };
      this.#add(start.segment, -lines.length);
    }
    this.#oldest = this.#isIdle ? undefined : (timeOf(batch.lines.at(-1)) ?? this.#oldest);
    await this.#save();
  }

  get waiting(): LogReader["waiting"] {
    const { queue, store } = this.#source;
    const inQueue = queue.from(this.#sequence);
    let { lines, bytes } = inQueue;
    const position = this.#position;
    if (position !== undefined) {
      for (const { order, size } of store.segments) if (order >= position.segment.order) bytes += size;
      bytes -= position.offset;
      for (const { from, to } of this.#skips) bytes -= to - from;
    }
    lines += this.#linesOnDisk;
    return { lines, bytes, oldest: lines === 0 && bytes === 0 ? undefined : this.#oldest };
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.wake();
    await Promise.all([this.#reading, this.#counting]);
    clearTimeout(this.#retry);
    await this.#cursor.close(this.#position);
    this.#source.closed(this);
    await this.#source.store.tidy();
  }

  /** Lines of the queue below this number are committed, or on disk. */
  get sequence(): number {
    return this.#sequence;
  }

  /** There may be something new to read. */
  wake(): void {
    if (!this.#isIdle) this.#oldest ??= Date.now();
    this.#news++;
    this.#wakeUp?.();
  }

  /** Finds the place to begin at, once the segments are known. */
  async find(): Promise<void> {
    if (!this.#source.store.isKnown) return;
    this.#finding ??= this.#find();
    await this.#finding;
  }

  written(written: Written): void {
    const { segment, first, entries } = written;
    this.#inMemory?.written(written);
    // Until the cursor is found nothing is counted: finding it counts all that stands there by then.
    if (this.#position !== undefined) this.#add(segment, entries.length);
    const served = rangeOf(written, first, this.#sequence);
    this.#sequence = Math.max(this.#sequence, first + entries.length);
    if (served !== undefined) {
      this.#skip(served);
      void this.#save();
    }
    this.wake();
  }

  grew(segment: Segment, from: number, to: number): void {
    if (this.#position === undefined) return;
    this.#count(segment, from, to);
    this.wake();
  }

  isBeyond({ order }: Segment): boolean {
    return this.#position !== undefined && this.#position.segment.order > order;
  }

  isIn(segment: Segment): boolean {
    return this.#position?.segment === segment;
  }

  /**
   * Goes beyond a segment that has to be deleted, and makes that durable.
   *
   * @returns the byte of it up to which it has everything
   */
  async abandon(segment: Segment): Promise<number> {
    await this.find();
    const position = this.#position;
    if (position === undefined || this.isBeyond(segment)) return segment.size;
    this.#missAllBefore(segment, position);
    const next = this.#source.store.after(segment);
    if (next !== undefined) this.#position = this.#settled({ segment: next, offset: 0 });
    this.#lines.delete(segment);
    await this.#cursor.save(this.#position);
    this.wake();
    return position.segment === segment ? position.offset : 0;
  }

  async #tryNext(limits: LineLimits): Promise<LogBatch | undefined> {
    await this.find();
    for (;;) {
      this.#advance();
      const start = this.#position;
      if (start === undefined || start.offset >= this.#endOfRead(start)) return this.#fromMemory(limits);
      try {
        const { lines, bytes } = await readLines(start.segment, start.offset, this.#endOfRead(start), limits);
        if (this.#position !== start) continue;
        if (lines.length > 0) return new DiskBatch(lines, bytes, this.#isOld(start), start);
        this.#giveUp(start, new Error(`${start.segment.path} has no whole line at byte ${start.offset}`));
      } catch (error) {
        if (this.#position !== start) continue;
        if (error instanceof SegmentGoneError) {
          // The writer, which has it open, finds out by itself, and wakes us.
          if (start.segment === this.#source.store.current) return this.#fromMemory(limits);
          this.#giveUp(start, error);
          continue;
        }
        this.#source.trouble({ kind: "read-refused", error });
        clearTimeout(this.#retry);
        this.#retry = setTimeout(() => this.wake(), RETRY).unref();
        // What waits in memory need not wait for what cannot be read.
        return this.#fromMemory(limits);
      }
    }
  }

  #fromMemory({ lines, bytes }: LineLimits): LogBatch | undefined {
    const { isRefused, queue } = this.#source;
    if (!isRefused()) return undefined;
    const entries = queue.peek(lines, bytes, this.#sequence);
    if (entries.length === 0) return undefined;
    this.#inMemory = new MemoryBatch(entries, this.#sequence);
    return this.#inMemory;
  }

  /** So far one read may go: lines of before the start, and lines to be skipped, are no part of a batch with others. */
  #endOfRead({ segment, offset }: Position): number {
    const skip = this.#skips.find((range) => range.segment === segment && range.from >= offset);
    const boundary = this.#boundary;
    const isInside = boundary?.segment === segment && boundary.offset > offset;
    return Math.min(segment.size, skip?.from ?? Infinity, isInside ? boundary.offset : Infinity);
  }

  #isOld({ segment, offset }: Position): boolean {
    const boundary = this.#boundary;
    if (boundary === undefined || segment.order > boundary.segment.order) return false;
    return segment.order < boundary.segment.order || offset < boundary.offset;
  }

  /** What somebody else took away before the segment is passed over as well, unread. */
  #missAllBefore(segment: Segment, position: Position): void {
    for (const gone of this.#source.store.segments) {
      const { isGone, order, path, size } = gone;
      if (!isGone || order < position.segment.order || order >= segment.order) continue;
      const bytes = size - (gone === position.segment ? position.offset : 0);
      this.#source.trouble({ kind: "missing", bytes, error: new SegmentGoneError(path) });
      this.#lines.delete(gone);
    }
  }

  /** The rest of the segment can never be read. */
  #giveUp({ segment, offset }: Position, error: unknown): void {
    this.#source.trouble({ kind: "missing", bytes: segment.size - offset, error });
    this.#position = { segment, offset: segment.size };
    this.#lines.delete(segment);
  }

  #skip(range: LineRange): void {
    this.#skips.push(range);
    this.#add(range.segment, -range.count);
  }

  async #save(): Promise<void> {
    this.#settle();
    // The beginning of a segment is the end of the one before it, which is saved already, and it may not be readable yet.
    await this.#cursor.save(this.#position?.offset === 0 ? undefined : this.#position);
  }

  /** Moves over what need not be read, in this segment. */
  #settle(): void {
    if (this.#position !== undefined) this.#position = this.#settled(this.#position);
  }

  #settled(position: Position): Position {
    const { segment } = position;
    let { offset } = position;
    for (const skip of this.#skips) {
      if (skip.segment === segment && skip.from <= offset) offset = Math.max(offset, skip.to);
    }
    if (offset === position.offset) return position;
    this.#skips = this.#skips.filter((skip) => skip.segment !== segment || skip.to > offset);
    return { segment, offset };
  }

  /** Moves on to the next segment with lines, where this one is read to its end. */
  #advance(): void {
    this.#settle();
    const { store } = this.#source;
    while (this.#position !== undefined && this.#position.offset >= this.#position.segment.size) {
      const next = store.after(this.#position.segment);
      if (next === undefined) return;
      this.#lines.delete(this.#position.segment);
      this.#position = this.#settled({ segment: next, offset: 0 });
      this.#skips = this.#skips.filter(({ segment }) => segment.order >= next.order);
      void store.tidy();
    }
  }

  async #find(): Promise<void> {
    const { store, trouble } = this.#source;
    this.#boundary ??= store.begin;
    let position: Position | undefined;
    try {
      position = await this.#cursor.find(store.segments);
    } catch (error) {
      trouble({ kind: "cursor-lost", error });
    }
    const oldest = store.segments[0];
    position ??= oldest && { segment: oldest, offset: 0 };
    if (position === undefined) return;
    this.#position = position;
    for (const segment of store.segments) {
      if (segment.order < position.segment.order) continue;
      this.#count(segment, segment === position.segment ? position.offset : 0, segment.size);
    }
  }

  /** Counts lines in the background, one range after the other. */
  #count(segment: Segment, from: number, to: number): void {
    const isWanted = (): boolean => !this.#isClosed && !this.isBeyond(segment);
    this.#counting = this.#counting
      .then(() => countLines(segment, from, to, isWanted))
      .then((count) => {
        if (isWanted()) this.#add(segment, count);
      })
      .catch((error: unknown) => {
        // Reading it will tell that it is gone.
        if (!(error instanceof SegmentGoneError)) this.#source.trouble({ kind: "read-refused", error });
      });
  }

  #add(segment: Segment, count: number): void {
    this.#lines.set(segment, (this.#lines.get(segment) ?? 0) + count);
  }

  get #linesOnDisk(): number {
    let lines = 0;
    for (const count of this.#lines.values()) lines += count;
    return Math.max(0, lines);
  }

  get #isIdle(): boolean {
    return this.#linesOnDisk === 0 && this.#source.queue.end <= this.#sequence;
  }

  async #pause(signal: AbortSignal): Promise<void> {
    if (signal.aborted) return;
    let wakeUp = (): void => undefined;
    const woken = new Promise<void>((resolve) => (wakeUp = () => resolve()));
    this.#wakeUp = wakeUp;
    signal.addEventListener("abort", wakeUp, { once: true });
    await woken;
    signal.removeEventListener("abort", wakeUp);
    this.#wakeUp = undefined;
  }
}
