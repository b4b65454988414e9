/** ms within which a disk that is merely busy puts the next lines away. */
const PATIENCE = 1000;

/**
 * Lets whoever makes lines wait while the disk works off those that are in memory. Where it does not move, the lines to come
 * are better in memory, while that has room.
 */
export class Pressure {
  #hasStopped = false;
  #wake: (() => void) | undefined;

  /** Whether the disk put nothing away while it was waited for. */
  get hasStopped(): boolean {
    return this.#hasStopped;
  }

  /** Lines were put away, or the disk said that it will not. */
  moved(): void {
    this.#hasStopped = false;
    this.#wake?.();
  }

  /** Resolves when something moves, or nothing did for a second. For one caller at a time. */
  async wait(): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(() => {
        this.#hasStopped = true;
        resolve();
      }, PATIENCE);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.#wake = undefined;
  }
}
