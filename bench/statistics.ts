/**
 * The value below which a share of the samples lies, by linear interpolation between the two nearest.
 *
 * @param share 0 to 1
 */
export function quantile(samples: readonly number[], share: number): number {
  const sorted = [...samples].sort((left, right) => left - right);
  const at = (sorted.length - 1) * share;
  const low = sorted[Math.floor(at)];
  const high = sorted[Math.ceil(at)];
  if (low === undefined || high === undefined) throw new RangeError("there are no samples");
  return low + (high - low) * (at - Math.floor(at));
}

export function median(samples: readonly number[]): number {
  return quantile(samples, 0.5);
}

/** Distinct numbers that were seen, out of 0 to count - 1. */
export class NumberSet {
  readonly #seen: Uint8Array;
  #size = 0;

  constructor(count: number) {
    this.#seen = new Uint8Array(count);
  }

  get size(): number {
    return this.#size;
  }

  /** @returns false where it was there before, or is out of bounds */
  add(number: number): boolean {
    if (this.#seen[number] !== 0) return false;
    this.#seen[number] = 1;
    this.#size++;
    return true;
  }

  has(number: number): boolean {
    return this.#seen[number] === 1;
  }
}
