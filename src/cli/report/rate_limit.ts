/** Messages of one level in one window. A flood is no news any more, and a journal drops what comes too fast without a word. */
const MOST = 100;
/** ms. */
const WINDOW = 10_000;

/**
 * Lets so many messages of each level pass in any window, counts the rest, and says how many they were. Levels do not use up
 * each other's room: a flood of warnings hides no error.
 */
export class RateLimit<L extends string> {
  readonly #announce: (level: L, held: number) => void;
  readonly #levels = new Map<L, { passed: number; held: number }>();
  #timer: NodeJS.Timeout | undefined;

  /** @param announce says that messages were held back; it is not limited itself */
  constructor(announce: (level: L, held: number) => void) {
    this.#announce = announce;
  }

  /** Whether this message may be told; one that may not is counted. */
  admits(level: L): boolean {
    const counts = this.#levels.get(level) ?? { passed: 0, held: 0 };
    this.#levels.set(level, counts);
    this.#timer ??= setTimeout(() => this.flush(), WINDOW).unref();
    if (counts.passed >= MOST) {
      counts.held++;
      return false;
    }
    counts.passed++;
    return true;
  }

  /** Says what was held back until now, and begins a new window. */
  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    for (const [level, { held }] of this.#levels) {
      if (held > 0) this.#announce(level, held);
    }
    this.#levels.clear();
  }
}
