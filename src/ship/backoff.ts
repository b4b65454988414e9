/** ms between two tries. */
export interface Delays {
  readonly first: number;
  readonly most: number;
}

const USUAL_DELAYS: Delays = { first: 1000, most: 30_000 };

/** Exponential backoff with jitter: many agents whose server comes back must not all call at once. */
export class Backoff {
  readonly #delays: Delays;
  readonly #random: () => number;
  #next: number;

  /** @param random a number from 0 up to 1, as Math.random */
  constructor(delays: Delays = USUAL_DELAYS, random: () => number = Math.random) {
    this.#delays = delays;
    this.#random = random;
    this.#next = delays.first;
  }

  /** ms until the next try: between half of the delay and all of it, and not less than what the server asked for. */
  next(asked: number | undefined): number {
    const delay = this.#next;
    this.#next = Math.min(delay * 2, this.#delays.most);
    return Math.max(delay / 2 + (delay / 2) * this.#random(), asked ?? 0);
  }

  reset(): void {
    this.#next = this.#delays.first;
  }
}
