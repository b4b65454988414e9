import type { Accessor, FieldResolver, Values } from "./field.js";
import { NameIndex } from "./name_index.js";
import type { Query } from "./query.js";

/** The field by which rules are indexed first: nearly every rule about processes names some. */
export const INDEXED_FIELD = "process.name";

/**
 * What else decides about many rules, and has few values that come again and again: the kind of event, and which program it
 * is about. The last ones have the most values.
 */
const KEY_FIELDS: readonly string[] = [
  "event.category",
  "event.action",
  "event.type",
  "host.os.type",
  INDEXED_FIELD,
  "process.executable",
  "process.parent.executable",
];
/** So many rules are evaluated at any name before looking further costs less than they do. */
const FEW = 4;
/** Combinations of values that are remembered, with all that lead to them. If there are more, fewer fields are looked at. */
const MAX_BRANCHES = 8192;

const OPENING_BRACKET = 0x5b;

/** By the value of one field after the other: the rules that an event with all these values may match. */
interface Branch<T> {
  readonly next: Map<string, Branch<T>>;
  items: readonly T[] | undefined;
}

interface KeyField<E> {
  readonly name: string;
  readonly accessor: Accessor<E>;
}

/**
 * Finds the rules that an event may match. It may find too many and never too few, so what it finds is evaluated; rules
 * keep their order.
 *
 * Rules that require no name would be evaluated at every event. What they ask of a few telling fields is asked once for
 * each combination of those fields' values, and remembered.
 */
export class EventIndex<E, T extends { readonly query: Query<E> }> {
  readonly #byName: NameIndex<T>;
  #fields: readonly KeyField<E>[];
  /** What is necessary for each rule that was met, by the fields that are looked at now. */
  #necessary = new Map<T, ((event: E) => boolean) | undefined>();
  #root: Branch<T> = newBranch();
  #branches = 0;

  /** @param resolve how fields are had of an event; without it, rules are found by name alone */
  constructor(items: readonly T[], resolve: FieldResolver<E> | undefined) {
    this.#byName = new NameIndex(items, ({ query }) => query.requiredValues(INDEXED_FIELD));
    const isWorthIt = this.#byName.candidates(undefined).length > FEW;
    this.#fields = isWorthIt ? KEY_FIELDS.flatMap((name) => keyField(name, resolve)) : [];
  }

  /** The rules that can match an event of this name. */
  candidates(name: string | undefined): readonly T[] {
    return this.#byName.candidates(name);
  }

  /** @param names what the event has for `process.name` */
  candidatesOf(names: Values, event: E): readonly T[] {
    if (this.#fields.length === 0) return this.#byName.candidatesOf(names);
    let branch = this.#root;
    for (const { accessor } of this.#fields) {
      const value = keyOf(accessor(event));
      if (value === undefined) return this.#byName.candidatesOf(names);
      let next = branch.next.get(value);
      if (next === undefined) {
        next = newBranch();
        branch.next.set(value, next);
        this.#branches++;
      }
      branch = next;
    }
    branch.items ??= this.#byName.candidatesOf(names).filter((item) => this.#isPossible(item, event));
    const { items } = branch;
    if (this.#branches > MAX_BRANCHES) this.#lookAtFewer();
    return items;
  }

  #isPossible(item: T, event: E): boolean {
    if (!this.#necessary.has(item)) {
      this.#necessary.set(item, item.query.necessary(new Set(this.#fields.map(({ name }) => name))));
    }
    return this.#necessary.get(item)?.(event) ?? true;
  }

  #lookAtFewer(): void {
    this.#fields = this.#fields.slice(0, -1);
    // A name's candidates must not be those of another name.
    if (!this.#fields.some(({ name }) => name === INDEXED_FIELD)) this.#fields = [];
    this.#necessary = new Map();
    this.#root = newBranch();
    this.#branches = 0;
  }
}

function newBranch<T>(): Branch<T> {
  return { next: new Map(), items: undefined };
}

function keyField<E>(name: string, resolve: FieldResolver<E> | undefined): KeyField<E>[] {
  const accessor = resolve?.(name);
  return accessor === undefined ? [] : [{ name, accessor }];
}

/**
 * A field's values as one key: a single string as it is, all else as JSON, which is never such a string. undefined where
 * some value is no string: those of a document may be of any type, and are rare here.
 */
function keyOf(values: Values): string | undefined {
  if (typeof values === "string") return single(values);
  if (values === undefined || values === null) return "[]";
  if (typeof values !== "object") return undefined;
  const [first] = values;
  if (values.length === 1 && typeof first === "string") return single(first);
  return values.every((value) => typeof value === "string") ? JSON.stringify(values) : undefined;
}

function single(value: string): string | undefined {
  return value.charCodeAt(0) === OPENING_BRACKET ? undefined : value;
}
