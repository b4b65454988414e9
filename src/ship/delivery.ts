import { Backoff, type Delays } from "./backoff.js";
import { HOST_CLOCK, type Clock } from "./clock.js";
import type { DeadLetter } from "./dead_letters.js";
import type { Hold, Outcome, Retry } from "./outcome/outcome.js";
import type { Shipment } from "./shipment.js";
import type { Target } from "./target.js";

/** What a delivery tells while it goes on. None of it may throw. */
export interface DeliveryEvents {
  /** Documents have arrived; some of them perhaps earlier, as a look-up showed. */
  arrived(count: number): void;
  /** It cannot go on for now; told at each try. */
  held(trouble: Retry | Hold): void;
  /** It goes on. */
  resumed(): void;
  /** Takes what the sink will never take; resolves when that is durable. */
  refused(letters: readonly DeadLetter[]): Promise<void>;
}

interface Pending {
  readonly shipment: Shipment;
  /** It may have arrived, and has to be looked up before it is sent. */
  readonly isUnsure: boolean;
}

/**
 * Brings shipments to a target, in their order, until each of them has arrived or is refused for good: what may have arrived is
 * looked up first, what is too large is split, what has to wait waits. One request is under way at a time.
 */
export class Delivery {
  readonly #sink: string;
  readonly #target: Target;
  readonly #events: DeliveryEvents;
  readonly #backoff: Backoff;
  readonly #clock: Clock;
  /** Documents per request; less after a server found them too many, and more again as it takes them. */
  #limit: number;
  #isProven = false;
  #pending: readonly Pending[] = [];

  constructor(sink: string, target: Target, events: DeliveryEvents, delays?: Delays, clock = HOST_CLOCK) {
    this.#sink = sink;
    this.#target = target;
    this.#events = events;
    this.#backoff = new Backoff(delays);
    this.#clock = clock;
    this.#limit = target.maxCount;
  }

  /** What is not known to have arrived, and was not refused, of the shipments that were given last. */
  get left(): readonly Shipment[] {
    return this.#pending.map(({ shipment }) => shipment);
  }

  /**
   * Resolves when nothing is left of them.
   *
   * @param mayHaveArrived whether somebody may have sent them before
   * @throws the signal's reason
   */
  async deliver(shipments: readonly Shipment[], mayHaveArrived: boolean, signal: AbortSignal): Promise<void> {
    this.#pending = shipments.map((shipment) => ({ shipment, isUnsure: mayHaveArrived }));
    while (this.#pending.length > 0) {
      signal.throwIfAborted();
      await this.#step(signal);
    }
  }

  async #step(signal: AbortSignal): Promise<void> {
    const chunk = this.#pending.slice(0, this.#limit);
    if (this.#target.find !== undefined && chunk.some(({ isUnsure }) => isUnsure)) {
      await this.#dropArrived(chunk, signal);
      return;
    }
    const shipments = chunk.map(({ shipment }) => shipment);
    const outcome = await this.#target.send(shipments, this.#isProven, signal);
    if (outcome.kind === "items") {
      await this.#settle(chunk, outcome.items, signal);
    } else if (outcome.kind === "split") {
      this.#limit = Math.max(1, Math.floor(chunk.length / 2));
    } else {
      // Perhaps it was too much for the time, for the server's memory, or for something on the way.
      if (outcome.kind === "retry") this.#limit = Math.max(1, Math.ceil(chunk.length / 2));
      await this.#settle(
        chunk,
        chunk.map(() => outcome),
        signal,
      );
    }
  }

  /** Does what each outcome asks for. */
  async #settle(chunk: readonly Pending[], outcomes: readonly Outcome[], signal: AbortSignal): Promise<void> {
    const again: Pending[] = [];
    const letters: DeadLetter[] = [];
    let sent = 0;
    let trouble: Retry | Hold | undefined;
    for (const [index, { shipment }] of chunk.entries()) {
      const outcome = outcomes[index];
      if (outcome?.kind === "sent") sent++;
      else if (outcome?.kind === "dead")
        letters.push({ sink: this.#sink, reason: outcome.reason, line: shipment.line });
      else if (outcome?.kind === "retry" || outcome?.kind === "hold") {
        again.push({ shipment, isUnsure: outcome.kind === "retry" && outcome.mayHaveArrived });
        trouble = worse(trouble, outcome);
      }
    }
    if (letters.length > 0) await this.#events.refused(letters);
    this.#pending = [...again, ...this.#pending.slice(chunk.length)];
    if (sent > 0) this.#arrived(sent);
    if (trouble !== undefined) await this.#wait(trouble, signal);
    else this.#grow();
  }

  /** Looks up what may have arrived, and sends only the rest of it. */
  async #dropArrived(chunk: readonly Pending[], signal: AbortSignal): Promise<void> {
    const unsure = chunk.filter(({ isUnsure }) => isUnsure).map(({ shipment }) => shipment);
    const found = await this.#target.find?.(unsure, signal);
    if (found?.kind !== "found") {
      if (found !== undefined) await this.#wait(found, signal);
      return;
    }
    const left = chunk.filter(({ shipment, isUnsure }) => !isUnsure || !found.ids.has(shipment.id));
    const sure = left.map(({ shipment }) => ({ shipment, isUnsure: false }));
    this.#pending = [...sure, ...this.#pending.slice(chunk.length)];
    if (left.length < chunk.length) this.#arrived(chunk.length - left.length);
  }

  #arrived(count: number): void {
    this.#isProven = true;
    this.#events.arrived(count);
  }

  #grow(): void {
    this.#limit = Math.min(this.#limit * 2, this.#target.maxCount);
    this.#backoff.reset();
    this.#events.resumed();
  }

  async #wait(trouble: Retry | Hold, signal: AbortSignal): Promise<void> {
    this.#events.held(trouble);
    await this.#clock.wait(this.#backoff.next(trouble.after), signal);
  }
}

/** What has to be mended counts more than what passes. */
function worse(one: Retry | Hold | undefined, other: Retry | Hold): Retry | Hold {
  if (one === undefined) return other;
  const first = one.kind === "hold" || other.kind === "retry" ? one : other;
  const after = Math.max(one.after ?? 0, other.after ?? 0);
  return { ...first, after: after === 0 ? undefined : after };
}
