import type { SinkType } from "../config/sinks.js";
import type { LogBatch, LogReader } from "../log/reader.js";
import { Backoff, type Delays } from "./backoff.js";
import { quoted } from "./client/answer.js";
import { HOST_CLOCK, type Clock } from "./clock.js";
import type { DeadLetter, DeadLetters } from "./dead_letters.js";
import { Delivery } from "./delivery.js";
import type { Hold, Retry } from "./outcome/outcome.js";
import { shipmentOf, type Shipment } from "./shipment.js";
import type { Target } from "./target.js";

/** Heartbeats that wait: an old one says nothing that the next does not. */
const MOST_OFFERED = 5;
/** ms that a server may only slow us down until it counts as trouble. */
const PACE_IS_TROUBLE = 60_000;

/** What is to be told of a sink; for `wallwatch status`, and for the heartbeat. It holds no secret. */
export interface SinkStatus {
  readonly name: string;
  readonly type: SinkType;
  /** Documents since the start. */
  readonly sent: number;
  readonly deadLetters: number;
  /** Those of them that were not sent again, or lost; all as long as some still lie there. */
  readonly deadLettersLeft: number;
  readonly retries: number;
  readonly waiting: LogReader["waiting"];
  readonly holding: { readonly since: number; readonly reason: string } | undefined;
  readonly lastError: { readonly at: number; readonly message: string } | undefined;
  /** ms since 1970 */
  readonly lastSent: number | undefined;
}

/** What sinks tell. None of it may throw. */
export interface ShipEvents {
  /** The queue of a sink stands still. Told once, and again when the reason changes. */
  sinkHolds?(name: string, reason: string): void;
  /** It goes on. @param since ms since 1970, when it had stopped */
  sinkGoesOn?(name: string, since: number): void;
  /** Documents that the sink will never take; @param dropped those of them for which the file had no room */
  deadLetters?(name: string, letters: readonly DeadLetter[], dropped: number): void;
}

export interface SinkOptions {
  readonly name: string;
  readonly type: SinkType;
  readonly target: Target;
  readonly openReader: () => Promise<LogReader>;
  readonly limits: { readonly lines: number; readonly bytes: number };
  /** Whether it gets health documents too. */
  readonly takesHealth: boolean;
  readonly deadLetters: DeadLetters;
  readonly events: ShipEvents;
  readonly delays?: Delays | undefined;
  readonly clock?: Clock | undefined;
}

const NOTHING_WAITS: LogReader["waiting"] = { lines: 0, bytes: 0, oldest: undefined };

/** One sink at work: read, send, commit, one batch after the other, until it is closed. Nothing that goes wrong ends it. */
export class Sink {
  readonly #options: SinkOptions;
  readonly #delivery: Delivery;
  readonly #faults: Backoff;
  readonly #clock: Clock;
  readonly #abort = new AbortController();
  readonly #work: Promise<void>;
  readonly #offered: Shipment[] = [];
  #reader: LogReader | undefined;
  #next: Promise<LogBatch | undefined> | undefined;
  /** Whether some of the batch may have been sent already, by a try that broke. */
  #isTried = false;
  #wake: (() => void) | undefined;
  #closing = false;
  #sent = 0;
  #deadLetters = 0;
  #deadLettersLeft = 0;
  /** Dead letters for which the file had no room. */
  #dropped = 0;
  #retries = 0;
  #holding: SinkStatus["holding"];
  #pacedSince: number | undefined;
  #lastError: SinkStatus["lastError"];
  #lastSent: number | undefined;

  constructor(options: SinkOptions) {
    this.#options = options;
    const { delays, clock = HOST_CLOCK } = options;
    this.#faults = new Backoff(delays);
    this.#clock = clock;
    this.#delivery = new Delivery(
      options.name,
      options.target,
      {
        arrived: (count) => this.#arrived(count),
        held: (trouble) => this.#held(trouble),
        resumed: () => this.#resumed(),
        refused: (letters) => this.#refused(letters),
      },
      delays,
      clock,
    );
    this.#work = this.#run();
  }

  get status(): SinkStatus {
    const { name, type } = this.#options;
    return {
      name,
      type,
      sent: this.#sent,
      deadLetters: this.#deadLetters,
      deadLettersLeft: this.#deadLettersLeft,
      retries: this.#retries,
      waiting: this.#reader?.waiting ?? NOTHING_WAITS,
      holding: this.#holding,
      lastError: this.#lastError,
      lastSent: this.#lastSent,
    };
  }

  /** Best effort: a health document that is not in the log. It is sent between two batches, or never. */
  offer(shipment: Shipment): void {
    if (!this.#options.takesHealth || this.#closing) return;
    this.#offered.push(shipment);
    if (this.#offered.length > MOST_OFFERED) this.#offered.shift();
    this.#wake?.();
  }

  /** Sees whether its dead letters were sent again: another process does that. */
  async lookAtDeadLetters(): Promise<void> {
    if (this.#deadLettersLeft === this.#dropped) return;
    if (await this.#options.deadLetters.isEmpty()) this.#deadLettersLeft = this.#dropped;
  }

  /**
   * Sends what waits, unless the sink holds, and ends. What is left stays in the log.
   *
   * @param patience ms
   */
  async close(patience: number): Promise<void> {
    this.#closing = true;
    this.#wake?.();
    const timer = setTimeout(() => this.#abort.abort(), patience);
    if (this.#holding !== undefined) this.#abort.abort();
    await this.#work;
    clearTimeout(timer);
    this.#abort.abort();
    this.#options.target.close();
    await this.#next;
    await this.#reader?.close();
  }

  async #run(): Promise<void> {
    while (!this.#isDone) {
      try {
        await this.#step(this.#abort.signal);
      } catch (error) {
        if (this.#abort.signal.aborted) return;
        await this.#pauseAfter(error);
      }
    }
  }

  get #isDone(): boolean {
    if (this.#abort.signal.aborted) return true;
    return this.#closing && this.#offered.length === 0 && this.#reader?.waiting.lines === 0;
  }

  async #step(signal: AbortSignal): Promise<void> {
    this.#reader ??= await this.#options.openReader();
    await this.#sendOffered(signal);
    if (this.#next === undefined) {
      this.#next = this.#reader.next(this.#options.limits, signal);
      // It may fail while a health document is under way; it is awaited again below.
      this.#next.catch(() => undefined);
    }
    const batch = await this.#nextOrWoken(this.#next);
    if (batch === "woken") return;
    if (batch === undefined) {
      // The log is closed.
      this.#closing = true;
      this.#abort.abort();
      return;
    }
    await this.#ship(batch, signal);
    await this.#reader.commit(batch);
    this.#next = undefined;
    this.#isTried = false;
    this.#faults.reset();
    this.#resumed();
  }

  /** Each once: a heartbeat that is refused must not keep an alert waiting. But it shows at once that a sink takes nothing. */
  async #sendOffered(signal: AbortSignal): Promise<void> {
    const { target } = this.#options;
    while (this.#offered.length > 0) {
      const shipments = this.#offered.splice(0, Math.min(target.maxCount, MOST_OFFERED));
      const outcome = await target.send(shipments, false, signal);
      const items = outcome.kind === "items" ? outcome.items : [outcome];
      const trouble = items.find((item) => item.kind !== "sent");
      if (trouble === undefined) {
        this.#arrived(shipments.length);
        this.#resumed();
      } else {
        this.#retries++;
        if (trouble.kind === "retry" && trouble.isPace) continue;
        this.#hold(trouble.reason);
      }
    }
  }

  async #nextOrWoken(next: Promise<LogBatch | undefined>): Promise<LogBatch | undefined | "woken"> {
    const woken = new Promise<"woken">((resolve) => (this.#wake = () => resolve("woken")));
    try {
      if (this.#offered.length > 0 || this.#isDone) return "woken";
      return await Promise.race([next, woken]);
    } catch (error) {
      this.#next = undefined;
      throw error;
    } finally {
      this.#wake = undefined;
    }
  }

  async #ship({ lines, maybeSent }: LogBatch, signal: AbortSignal): Promise<void> {
    const { name, takesHealth } = this.#options;
    const shipments: Shipment[] = [];
    const letters: DeadLetter[] = [];
    for (const line of lines) {
      const shipment = shipmentOf(line);
      if (typeof shipment === "string") letters.push({ sink: name, reason: shipment, line });
      else if (takesHealth || shipment.kind === "alert") shipments.push(shipment);
    }
    if (letters.length > 0) await this.#refused(letters);
    const mayHaveArrived = maybeSent || this.#isTried;
    this.#isTried = true;
    await this.#delivery.deliver(shipments, mayHaveArrived, signal);
  }

  #arrived(count: number): void {
    this.#sent += count;
    this.#lastSent = this.#clock.now();
  }

  #held(trouble: Retry | Hold): void {
    this.#retries++;
    if (trouble.kind === "retry" && trouble.isPace) {
      this.#pacedSince ??= this.#clock.now();
      if (this.#clock.now() - this.#pacedSince < PACE_IS_TROUBLE) return;
    }
    this.#hold(trouble.reason);
  }

  #hold(reason: string): void {
    const now = this.#clock.now();
    this.#lastError = { at: now, message: reason };
    if (this.#holding?.reason !== reason) {
      this.#holding = { since: this.#holding?.since ?? now, reason };
      this.#options.events.sinkHolds?.(this.#options.name, reason);
    }
    if (this.#closing) this.#abort.abort();
  }

  #resumed(): void {
    this.#pacedSince = undefined;
    if (this.#holding === undefined) return;
    const { since } = this.#holding;
    this.#holding = undefined;
    this.#options.events.sinkGoesOn?.(this.#options.name, since);
  }

  /** The queue waits until the letters are on disk: a full disk must not lose them. */
  async #refused(letters: readonly DeadLetter[]): Promise<void> {
    const { name, deadLetters, events } = this.#options;
    for (;;) {
      try {
        const dropped = await deadLetters.add(letters);
        this.#deadLetters += letters.length;
        this.#deadLettersLeft += letters.length;
        this.#dropped += dropped;
        this.#faults.reset();
        events.deadLetters?.(name, letters, dropped);
        return;
      } catch (error) {
        if (this.#abort.signal.aborted) throw error;
        await this.#pauseAfter(error);
      }
    }
  }

  async #pauseAfter(error: unknown): Promise<void> {
    this.#retries++;
    this.#hold(quoted(error instanceof Error ? error.message : String(error)));
    const wait = this.#faults.next(undefined);
    // An abort ends the wait, and the loop sees it.
    await this.#clock.wait(wait, this.#abort.signal).catch(() => undefined);
  }
}
