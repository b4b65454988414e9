import type { Values } from "./field.js";
import type { RequiredValues } from "./query.js";

/**
 * Finds, by a name, the items that may apply to it: those that require the name, and those that require none. Every list
 * is made when the index is built, so that a look-up is one or two hash look-ups and allocates nothing.
 */
export class NameIndex<T> {
  readonly #items: readonly T[];
  /** Items that require no name. */
  readonly #always: readonly T[];
  /** For every name that is required by case: all items that it may concern, in their order. */
  readonly #exact = new Map<string, readonly T[]>();
  /** The same for lower-case names, for a name that is not in #exact. */
  readonly #folded = new Map<string, readonly T[]>();

  /** @param requiredNames undefined where the item applies to any name, and to none */
  constructor(items: readonly T[], requiredNames: (item: T) => RequiredValues | undefined) {
    this.#items = items;
    const entries = items.map((item) => {
      const required = requiredNames(item);
      return { item, names: required && new Set(required.values.map(required.ignoreCase ? fold : same)), required };
    });
    const select = (matches: (names: ReadonlySet<string>, ignoreCase: boolean) => boolean): readonly T[] =>
      entries.flatMap(({ item, names, required }) =>
        names === undefined || required === undefined || matches(names, required.ignoreCase) ? [item] : [],
      );
    this.#always = select(() => false);
    for (const { names, required } of entries) {
      for (const name of names ?? []) {
        const folded = fold(name);
        if (required?.ignoreCase === true) {
          this.#folded.set(
            name,
            this.#folded.get(name) ?? select((names, ignoreCase) => ignoreCase && names.has(folded)),
          );
        } else {
          this.#exact.set(
            name,
            this.#exact.get(name) ?? select((names, ignoreCase) => names.has(ignoreCase ? folded : name)),
          );
        }
      }
    }
  }

  /** The items that may apply to an event of this name, in the order given; undefined for an event that has none. */
  candidates(name: string | undefined): readonly T[] {
    if (name === undefined) return this.#always;
    const exact = this.#exact.get(name);
    if (exact !== undefined) return exact;
    if (this.#folded.size === 0) return this.#always;
    return this.#folded.get(fold(name)) ?? this.#always;
  }

  /**
   * As `candidates`, for a document, whose field may have any number of values. A number equals the string that it is
   * written as.
   */
  candidatesOf(names: Values): readonly T[] {
    if (names === undefined || names === null) return this.#always;
    if (typeof names !== "object") return this.candidates(String(names));
    const lists = new Set<readonly T[]>();
    for (const name of names) lists.add(this.candidates(String(name)));
    if (lists.size <= 1) return lists.values().next().value ?? this.#always;
    const found = new Set([...lists].flat());
    return this.#items.filter((item) => found.has(item));
  }
}

/** JavaScript folds more than ASCII: the index may only find too many, never too few. */
function fold(name: string): string {
  return name.toLowerCase();
}

function same(name: string): string {
  return name;
}
