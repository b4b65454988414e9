import { MAX_CODE_POINT, rangesOf, union, type CharSet } from "./charset.js";

const ASCII = 128;

/**
 * Code points sorted into classes which no set of a pattern tells apart, so that a deterministic automaton has one
 * column for each class and not one for each character.
 */
export class Alphabet {
  /** By class, all the characters in it. */
  readonly sets: readonly CharSet[];
  /** By set and then by class: 1 if the class is within the set. */
  readonly membership: readonly Uint8Array[];
  readonly #ascii = new Uint16Array(ASCII);
  /** Where an interval of one class begins, ascending; the first is 0. */
  readonly #starts: readonly number[];
  /** By interval. */
  readonly #classes: readonly number[];

  constructor(sets: readonly CharSet[]) {
    const edges = new Set([0]);
    for (const [lo, hi] of sets.flatMap(rangesOf)) {
      edges.add(lo);
      if (hi < MAX_CODE_POINT) edges.add(hi + 1);
    }
    this.#starts = [...edges].sort((left, right) => left - right);
    const members = sets.map((set) => new Walker(set));
    const bySignature = new Map<string, number>();
    const charsOf: CharSet[][] = [];
    const signatures: boolean[][] = [];
    this.#classes = this.#starts.map((start, index) => {
      const within = members.map((walker) => walker.has(start));
      const signature = within.map(Number).join("");
      let charClass = bySignature.get(signature);
      if (charClass === undefined) {
        charClass = charsOf.push([]) - 1;
        signatures.push(within);
        bySignature.set(signature, charClass);
      }
      charsOf[charClass]?.push([start, (this.#starts[index + 1] ?? MAX_CODE_POINT + 1) - 1]);
      return charClass;
    });
    this.sets = charsOf.map((ranges) => union(ranges));
    this.membership = sets.map((_, index) => Uint8Array.from(signatures, (within) => Number(within[index])));
    for (let code = 0; code < ASCII; code++) this.#ascii[code] = this.#search(code);
  }

  get size(): number {
    return this.sets.length;
  }

  classOf(codePoint: number): number {
    return codePoint < ASCII ? (this.#ascii[codePoint] ?? 0) : this.#search(codePoint);
  }

  #search(codePoint: number): number {
    let low = 0;
    let high = this.#starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.#starts[middle] ?? 0) <= codePoint) low = middle;
      else high = middle - 1;
    }
    return this.#classes[low] ?? 0;
  }
}

/** Answers for ascending code points whether a set has them, in one pass over its ranges. */
class Walker {
  readonly #ranges: [number, number][];
  #next = 0;

  constructor(set: CharSet) {
    this.#ranges = rangesOf(set);
  }

  has(codePoint: number): boolean {
    let range = this.#ranges[this.#next];
    while (range !== undefined && range[1] < codePoint) range = this.#ranges[++this.#next];
    return range !== undefined && range[0] <= codePoint;
  }
}
