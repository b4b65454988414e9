import { hasCode } from "../errno.js";
import type { LogEntry } from "./entry.js";
import { LogFile, LogMovedError, makeFolder } from "./file.js";
import { LogLock } from "./lock.js";
import { LineQueue, type ForcedOut } from "./queue.js";
import type { TornLine } from "./tail.js";

/** Bounds of one write and one fdatasync. libuv hands writev at most IOV_MAX (1024) buffers at once. */
const BATCH_LINES = 1000;
const BATCH_BYTES = 2 ** 20;

/** ms until a refused batch is tried again; doubled with each failure. */
const RETRY_FIRST = 100;
const RETRY_MOST = 2000;
/** ms after which an outage that goes on is told again. */
const REMIND_AFTER = 60_000;
/** ms between two looks whether the file is still at its path, so that a log moved away is told without an alert. */
const LOOK_EVERY = 1000;

/** What the log tells about itself; nothing of it throws or ends the process. */
export interface LogEvents {
  /** These lines are on disk. */
  committed?(entries: readonly LogEntry[]): void;
  /** The disk refuses lines: told at the first failure, when the reason changes, and every minute while it goes on. */
  outage?(error: unknown, waiting: Waiting): void;
  /** The outage is over and all that waited is on disk. */
  recovered?(): void;
  /** These lines had no room in memory, before or after others that are on disk now. A line may be appended to say so. */
  forcedOut?(lines: ForcedOut): void;
  /** The file was moved away or deleted, and a new one is at its path. */
  replaced?(): void;
  /** The log ended in a line cut short, by an earlier process or another writer. */
  torn?(line: TornLine): void;
}

/** What is not on disk yet. */
export interface Waiting {
  readonly lines: number;
  readonly bytes: number;
  /** Lines that had no room and have not been told by `forcedOut` yet. */
  readonly refused: number;
}

export interface AlertLogOptions {
  readonly path: string;
  /** Bytes of lines that may wait in memory. */
  readonly memory: number;
  readonly events: LogEvents;
}

/**
 * The alert log: lines are appended to one file and synced, a batch at a time, before they count as raised. What comes while
 * a batch is being synced goes out together with the next (group commit), so under load there are few syncs and at rest
 * a line never waits.
 *
 * All of it runs on libuv's thread pool; `append` only queues. A disk that refuses (full, read-only, taken away) makes
 * lines wait in a bounded queue and is tried again until it takes them; nothing has to be restarted.
 */
export class AlertLog {
  readonly #options: AlertLogOptions;
  readonly #queue: LineQueue;
  readonly #lock: LogLock;
  #file: LogFile | undefined;
  #damaged: LogFile | undefined;
  #outage: { reason: string; toldAt: number } | undefined;
  #retryAfter = RETRY_FIRST;
  /** The loop that empties the queue, while there is something to do. */
  #work: Promise<void> | undefined;
  #lookDue = false;
  #wakeRetry: (() => void) | undefined;
  #lookTimer: NodeJS.Timeout | undefined;
  #closing = false;

  private constructor(options: AlertLogOptions) {
    this.#options = options;
    this.#queue = new LineQueue(options.memory);
    this.#lock = new LogLock(options.path);
  }

  /**
   * Opens the log. A disk that refuses for the time being is no error: it is told as an outage, and lines wait.
   *
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

  /** Queues a line and returns at once. @returns false where the queue has no room: the line is counted and gone */
  append(entry: LogEntry): boolean {
    const taken = this.#queue.push(entry, Date.now());
    this.#start();
    return taken;
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
      await this.#closeFile();
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
    return !this.#closing && (this.#queue.length > 0 || this.#outage !== undefined || this.#lookDue);
  }

  #look(): void {
    this.#lookDue = true;
    this.#start();
  }

  async #drain(): Promise<void> {
    while (this.#hasWork) {
      const failure = await this.#commitBatch();
      if (failure instanceof LogMovedError) {
        await this.#closeFile();
        this.#lookDue = true; // a forwarder waits for the new file, also where no line does
        this.#options.events.replaced?.();
      } else if (failure !== undefined) {
        this.#tellOutage(failure);
        await this.#pause();
      } else if (this.#queue.length === 0) {
        this.#tellAllWritten();
      }
    }
  }

  /** @returns why some of the batch is not on disk */
  async #commitBatch(): Promise<unknown> {
    this.#lookDue = false;
    let file: LogFile;
    try {
      file = this.#file ?? (await this.#open());
    } catch (failure) {
      return failure;
    }
    const batch = this.#queue.peek(BATCH_LINES, BATCH_BYTES);
    const { lines, failure } = await file.append(batch.map(({ line }) => line));
    this.#queue.remove(lines);
    if (lines > 0) this.#options.events.committed?.(batch.slice(0, lines));
    if (file.isDamaged) {
      this.#damaged = file;
      await this.#closeFile();
    }
    return failure;
  }

  async #open(): Promise<LogFile> {
    await makeFolder(this.#options.path);
    await this.#lock.ensure();
    const { file, torn } = await LogFile.open(this.#options.path, this.#damaged);
    this.#file = file;
    this.#damaged = undefined;
    if (torn !== undefined) this.#options.events.torn?.(torn);
    return file;
  }

  async #closeFile(): Promise<void> {
    const file = this.#file;
    this.#file = undefined;
    try {
      await file?.close();
    } catch (error) {
      // close(2) tells a write error of earlier, and fdatasync has told that already; the descriptor is gone either way.
      if (!hasCode(error, "EIO", "ENOSPC", "EDQUOT")) throw error;
    }
  }

  #tellOutage(error: unknown): void {
    const code = error instanceof Error && "code" in error ? String(error.code) : String(error);
    const reason = this.#queue.refused > 0 ? `${code}, memory full` : code;
    const now = performance.now();
    if (this.#outage?.reason === reason && now - this.#outage.toldAt < REMIND_AFTER) return;
    this.#outage = { reason, toldAt: now };
    this.#options.events.outage?.(error, this.waiting);
  }

  #tellAllWritten(): void {
    if (this.#outage !== undefined) {
      this.#outage = undefined;
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
