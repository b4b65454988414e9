/** ms after which what goes on is told again. */
const REMIND_AFTER = 60_000;

/** Keeps what goes on from being told over and over: the first time, when the reason changes, and every minute. */
export class Teller {
  #told: { reason: string; at: number } | undefined;

  /** Whether something was told that is not over. */
  get isTold(): boolean {
    return this.#told !== undefined;
  }

  isDue(reason: string): boolean {
    const now = performance.now();
    if (this.#told?.reason === reason && now - this.#told.at < REMIND_AFTER) return false;
    this.#told = { reason, at: now };
    return true;
  }

  /** It is over. */
  reset(): void {
    this.#told = undefined;
  }
}

/** An error's code, or its text where it has none. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if ("code" in error) return String(error.code);
  return error.cause === undefined ? error.message : reasonOf(error.cause);
}
