import { setImmediate as nextTurn } from "node:timers/promises";

import { loadAddon, type AppendToLog } from "../capture/binding.js";
import { hasCode } from "../errno.js";
import { lengthOf } from "./batch.js";
import { countBySubject } from "./discard.js";
import type { LogEntry } from "./entry.js";
import type { LogEvents, LogStats, Waiting } from "./events.js";
import { LogMovedError } from "./file.js";
import { makeFolder } from "./folder.js";
import { LogLock } from "./lock.js";
import { Pressure } from "./pressure.js";
import { LineQueue, type ForcedOut } from "./queue.js";
import type { LogReader } from "./reader.js";
import { Readers } from "./readers.js";
import { RotationError, SegmentStore, type SegmentLimits } from "./store.js";
import { reasonOf, Teller } from "./teller.js";

export type { LogEvents, LogStats, Waiting } from "./events.js";

/** Bounds of one write and one fdatasync. libuv hands writev at most IOV_MAX (1024) buffers at once. */
const BATCH_LINES = 1000;
const BATCH_BYTES = 2 ** 20;

/** ms until a refused batch is tried again; doubled with each failure. */
const RETRY_FIRST = 100;
const RETRY_MOST = 2000;
/** ms that one write and its sync may take. */
const STALL = 10_000;
/** ms between two looks whether the file is still at its path, so that a log moved away is told without an alert. */
const LOOK_EVERY = 1000;

export interface AlertLogOptions {
  readonly path: string;
  /** Bytes of lines that may wait in memory. */
  readonly memory: number;
  readonly segments: SegmentLimits;
  /** The folder in which readers keep their cursors; it is made when there is one. */
  readonly state: string;
  /** ms after which a disk that does not answer is taken for one that refuses; 10 s if absent. */
  readonly stall?: number;
  /** What writes and syncs; the addon's if absent, another one in tests. */
  readonly appendToLog?: AppendToLog;
  readonly events: LogEvents;
}

/**
 * The alert log: lines are appended to one file and synced, a batch at a time, before they count as raised. What comes while
 * a batch is being synced goes out together with the next (group commit), so under load there are few syncs and at rest
 * a line never waits. A file that is full or old is renamed and a new one begun; readers take the lines from all of them.
 *
 * All of it runs on libuv's thread pool; `append` only queues. A disk that refuses (full, read-only, taken away) makes
 * lines wait in a bounded queue and is tried again until it takes them; nothing has to be restarted.
 */
export class AlertLog {
  readonly #options: AlertLogOptions;
  readonly #queue: LineQueue;
  readonly #lock: LogLock;
  readonly #store: SegmentStore;
  readonly #readers: Readers;
  readonly #outage = new Teller();
  readonly #rotation = new Teller();
  readonly #pressure = new Pressure();
  #torn = 0;
  readonly #discarded = new Map<string, number>();
  /** performance.now() before which closing and deleting segments is not tried again. */
  #rotateAgain = 0;
  #retryAfter = RETRY_FIRST;
  /** The loop that empties the queue, while there is something to do. */
  #work: Promise<void> | undefined;
  #lookDue = false;
  #isWriting = false;
  #wakeRetry: (() => void) | undefined;
  #lookTimer: NodeJS.Timeout | undefined;
  #closing = false;

  private constructor(options: AlertLogOptions) {
    this.#options = options;
    this.#queue = new LineQueue(options.memory);
    this.#lock = new LogLock(options.path);
    const { path, segments, appendToLog = loadAddon().appendToLog } = options;
    this.#store = new SegmentStore(path, segments, () => this.#readers, appendToLog);
    this.#readers = new Readers({
      store: this.#store,
      queue: this.#queue,
      isRefused: () => this.#outage.isTold,
      state: options.state,
      events: options.events,
    });
  }

  /**
   * Opens the log. A disk that refuses for the time being is no error: it is told as an outage, and lines wait.
   *
   * @throws {AddonError} where the native part was not built
   * @throws {LogInUseError} where another process writes it
   * @throws what the system says where waiting would not help: no permission, not a file, a folder in the way
   */
  static async open(options: AlertLogOptions): Promise<AlertLog> {
    const log = new AlertLog(options);
    try {
      await log.#open();
    } catch (error) {
      if (!mayPass(error)) {
        await log.#lock.release();
        throw error;
      }
      log.#tellOutage(error);
      log.#start();
    }
    log.#lookTimer = setInterval(() => log.#look(), LOOK_EVERY);
    log.#lookTimer.unref();
    return log;
  }

  get waiting(): Waiting {
    return { lines: this.#queue.length, bytes: this.#queue.bytes, refused: this.#queue.refused };
  }

  get stats(): LogStats {
    const { bytes, segments } = this.#store;
    return {
      segments: segments.filter(({ isGone }) => !isGone).length,
      bytes,
      torn: this.#torn,
      discarded: Object.fromEntries(this.#discarded),
    };
  }

  /**
   * Opens a reader, which begins after the last line that it committed under this name, or with the oldest line that is kept
   * where that is not known. What it has not read is kept as long as the disk budget allows, so readers are to be opened
   * before the first line is appended.
   */
  async openReader(name: string): Promise<LogReader> {
    return await this.#readers.open(name);
  }

  /** Queues a line and returns at once. @returns false where the queue has no room: the line is counted and gone */
  append(entry: LogEntry): boolean {
    const now = Date.now();
    // What every reader took from memory may make room for more.
    const passed = this.#outage.isTold ? this.#readers.passed : 0;
    // While a write runs, the lines that it writes must stay where they are.
    if (!this.#isWriting) this.#queue.makeRoom(entry, passed, now);
    const taken = this.#queue.push(entry, now, passed, !this.#outage.isTold);
    this.#start();
    if (taken && this.#outage.isTold) this.#readers.wake();
    return taken;
  }

  /**
   * Whether lines came faster than a disk that does not refuse them puts them away: half the memory is used, or all of it
   * where the disk has not moved for a second. Whoever makes many then awaits `relieved` before the next, so that none is
   * refused for want of a moment.
   */
  get isCrowded(): boolean {
    const { memory } = this.#options;
    return !this.#outage.isTold && this.#queue.bytes > (this.#pressure.hasStopped ? memory : memory / 2);
  }

  /**
   * Resolves when there is room again, or as soon as the disk is known to refuse.
   *
   * @param latest performance.now() from which on it resolves all the same, within a second
   */
  async relieved(latest = Infinity): Promise<void> {
    while (this.isCrowded && performance.now() < latest) await this.#pressure.wait();
    // Whoever does not wait any more is not to keep the disk's answers waiting.
    if (this.isCrowded) await nextTurn();
  }

  /** Resolves when nothing waits any more. */
  async drained(): Promise<void> {
    while (this.#work !== undefined) await this.#work;
  }

  /**
   * Writes what waits, and closes the file.
   *
   * @param patience ms that a disk that refuses, or does not answer, is given
   * @returns what could not be written
   */
  async close(patience: number): Promise<Waiting> {
    clearInterval(this.#lookTimer);
    await within(patience, this.drained());
    this.#closing = true;
    this.#wakeRetry?.();
    if (await within(RETRY_MOST, this.drained())) {
      await this.#store.close();
      await this.#lock.release();
    }
    return this.waiting;
  }

  #start(): void {
    if (this.#work !== undefined || this.#closing) return;
    // The first batch is taken a microtask later: what the caller appends in one go is synced in one go.
    this.#work = Promise.resolve()
      .then(() => this.#drain())
      .finally(() => {
        this.#work = undefined;
        if (this.#hasWork) this.#start();
      });
  }

  get #hasWork(): boolean {
    return !this.#closing && (this.#queue.length > 0 || this.#outage.isTold || this.#lookDue);
  }

  #look(): void {
    this.#lookDue = true;
    this.#start();
  }

  async #drain(): Promise<void> {
    while (this.#hasWork) {
      const failure = await this.#commitOrTell();
      if (failure instanceof LogMovedError) {
        await this.#store.leave();
        this.#lookDue = true; // a forwarder waits for the new file, also where no line does
        this.#options.events.replaced?.();
      } else if (failure !== undefined) {
        this.#tellOutage(failure);
        await this.#pause();
      } else {
        await this.#keepBudget();
        if (this.#queue.length === 0) this.#tellAllWritten();
      }
    }
  }

  /** A disk that does not answer refuses as well: readers are not kept waiting for it. */
  async #commitOrTell(): Promise<unknown> {
    const { stall = STALL } = this.#options;
    const timer = setTimeout(
      () => this.#tellOutage(new Error(`the disk has not answered for ${stall / 1000} s`)),
      stall,
    );
    this.#isWriting = true;
    try {
      return await this.#commitBatch();
    } finally {
      this.#isWriting = false;
      clearTimeout(timer);
    }
  }

  /** @returns why some of the batch is not on disk */
  async #commitBatch(): Promise<unknown> {
    this.#lookDue = false;
    const batch = this.#queue.peek(BATCH_LINES, Math.min(BATCH_BYTES, this.#options.segments.segmentSize));
    try {
      if (!this.#store.isOpen) await this.#open();
      const refusal = await this.#rotateIfDue(lengthOf(batch));
      if (refusal !== undefined) return refusal;
    } catch (failure) {
      return failure;
    }
    const { lines, failure, from, segment } = await this.#store.append(batch.map(({ line }) => line));
    const entries = batch.slice(0, lines);
    if (lines > 0 && from !== undefined && segment !== undefined) {
      const written = { segment, from, first: this.#queue.first, entries };
      this.#readers.written(written);
    }
    this.#queue.remove(lines);
    if (lines > 0) {
      this.#options.events.committed?.(entries);
      this.#pressure.moved();
    }
    return failure;
  }

  async #open(): Promise<void> {
    await makeFolder(this.#options.path);
    await this.#lock.ensure();
    const torn = await this.#store.open();
    if (torn !== undefined) {
      this.#torn++;
      this.#options.events.torn?.(torn);
    }
    this.#readers.wake();
  }

  /** @returns why the current segment cannot be written */
  async #rotateIfDue(bytes: number): Promise<unknown> {
    if (!this.#store.isDue(bytes) || performance.now() < this.#rotateAgain) return undefined;
    // Whole lines only: what somebody else wrote in between is mended first.
    const { failure } = await this.#store.append([]);
    if (failure !== undefined) return failure;
    try {
      await this.#store.rotate();
      this.#rotation.reset();
    } catch (error) {
      // Better a segment that is too long than a line that waits.
      if (!(error instanceof RotationError)) throw error;
      this.#tellRotationRefused(error);
      return undefined;
    }
    await this.#open();
    return undefined;
  }

  /** Deletes the oldest segments while all together are too long. */
  async #keepBudget(): Promise<void> {
    // Somebody may have made room by hand.
    if (this.#store.surplus !== undefined) await this.#store.lookAfter();
    for (let segment = this.#store.surplus; segment !== undefined; segment = this.#store.surplus) {
      if (performance.now() < this.#rotateAgain) return;
      try {
        await this.#store.assertDeletable();
        const passed: number[] = [];
        for (const reader of this.#readers) passed.push(await reader.abandon(segment));
        const lost = await countBySubject(segment, Math.min(segment.size, ...passed), Date.now());
        await this.#store.delete(segment);
        if (lost !== undefined) this.#tellDiscarded(lost);
      } catch (error) {
        this.#tellRotationRefused(error);
        return;
      }
    }
  }

  #tellDiscarded(lost: ForcedOut): void {
    for (const [subject, lines] of Object.entries(lost.bySubject)) {
      this.#discarded.set(subject, (this.#discarded.get(subject) ?? 0) + lines);
    }
    this.#options.events.discarded?.(lost);
  }

  #tellRotationRefused(error: unknown): void {
    this.#rotateAgain = performance.now() + RETRY_MOST;
    if (this.#rotation.isDue(reasonOf(error))) this.#options.events.rotationRefused?.(error);
  }

  #tellOutage(error: unknown): void {
    const code = reasonOf(error);
    const isDue = this.#outage.isDue(this.#queue.refused > 0 ? `${code}, memory full` : code);
    if (isDue) this.#options.events.outage?.(error, this.waiting);
    this.#readers.wake();
    this.#pressure.moved();
  }

  #tellAllWritten(): void {
    if (this.#outage.isTold) {
      this.#outage.reset();
      this.#retryAfter = RETRY_FIRST;
      this.#options.events.recovered?.();
    }
    const forcedOut = this.#queue.takeForcedOut();
    if (forcedOut !== undefined) this.#options.events.forcedOut?.(forcedOut);
  }

  async #pause(): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, this.#retryAfter);
      this.#wakeRetry = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.#wakeRetry = undefined;
    this.#retryAfter = Math.min(this.#retryAfter * 2, RETRY_MOST);
  }
}

/** Whether an error at start may go away by itself, so that watching should begin all the same. */
function mayPass(error: unknown): boolean {
  return hasCode(error, "ENOSPC", "EDQUOT", "EROFS", "EIO", "ENOMEM", "EMFILE", "ENFILE", "ESTALE", "EBUSY");
}

/** @returns whether `work` was done within `ms` */
async function within(ms: number, work: Promise<void>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<false>((resolve) => (timer = setTimeout(() => resolve(false), ms)));
  const done = await Promise.race([work.then(() => true), late]);
  clearTimeout(timer);
  return done;
}
