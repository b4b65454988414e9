import type { Clock } from "../../src/ship/clock.js";

interface Event {
  readonly at: number;
  readonly happen: () => void;
}

/**
 * A clock that stands still until it is told to go on, and then jumps from one event to the next. Between two of them whatever
 * really takes time (requests, files) may take it.
 */
export class SimulatedClock implements Clock {
  /** How many waits have ended. */
  waits = 0;
  #now: number;
  readonly #events = new Set<Event>();
  /** Of those who wait now: the loops of sinks. */
  #waiting = 0;
  #waitBegan: (() => void) | undefined;

  /** @param now ms since 1970 */
  constructor(now: number) {
    this.#now = now;
  }

  now(): number {
    return this.#now;
  }

  wait(ms: number, signal: AbortSignal): Promise<void> {
    this.#waiting++;
    this.#waitBegan?.();
    return new Promise((resolve, reject) => {
      const abort = (): void => end(() => reject(new Error("stopped")));
      const end = (settle: () => void): void => {
        if (!this.#events.delete(event)) return;
        this.#waiting--;
        signal.removeEventListener("abort", abort);
        settle();
      };
      const event = { at: this.#now + ms, happen: () => end(resolve) };
      this.#events.add(event);
      signal.addEventListener("abort", abort, { once: true });
    });
  }

  every(ms: number, tick: () => void): () => void {
    let event: Event;
    const plan = (at: number): void => {
      event = {
        at,
        happen: () => {
          this.#events.delete(event);
          plan(at + ms);
          tick();
        },
      };
      this.#events.add(event);
    };
    plan(this.#now + ms);
    return () => void this.#events.delete(event);
  }

  /** Lets time go by up to `end`, while one loop waits for the clock again and again. */
  async runUntil(end: number): Promise<void> {
    for (;;) {
      while (this.#waiting === 0) await new Promise<void>((resolve) => (this.#waitBegan = resolve));
      if (!this.#happen(end)) break;
    }
    this.#now = end;
  }

  /** Time goes by up to `end` at once, whoever waits. */
  jumpTo(end: number): void {
    while (this.#happen(end));
    this.#now = end;
  }

  /** @returns whether there was an event before `end` */
  #happen(end: number): boolean {
    const [first] = [...this.#events].sort((one, other) => one.at - other.at);
    if (first === undefined || first.at > end) return false;
    this.#now = first.at;
    const waiting = this.#waiting;
    first.happen();
    if (this.#waiting < waiting) this.waits++;
    return true;
  }
}
