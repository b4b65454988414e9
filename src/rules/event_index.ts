import { EventTree } from "./event_tree.js";
import type { FieldResolver, Values } from "./field.js";
import { NameIndex } from "./name_index.js";
import type { Query } from "./query.js";
import type { KeyField } from "./question.js";

/** The field by which rules are indexed first: nearly every rule about processes names some. */
export const INDEXED_FIELD = "process.name";

const ARGS_FIELD = "process.args";

/**
 * What else decides about many rules: the kind of event, where it happened, which program it is about, and what that is
 * to do. The cheaper to read, and the fewer values there are of it, the sooner.
 */
const KEY_FIELDS: readonly string[] = [
  "event.category",
  "container.id",
  "event.type",
  "event.action",
  "host.os.type",
  INDEXED_FIELD,
  "process.executable",
  "process.parent.name",
  "process.parent.executable",
  ARGS_FIELD,
];
/** So many rules are evaluated before looking further costs less than they do. */
const FEW = 4;

/** It reads a field, and looks up the value. The name was read already. */
const WORTH_A_LOOK = 2;

/**
 * Finds the rules that an event may match. It may find too many and never too few, so what it finds is evaluated; rules
 * keep their order.
 *
 * Rules that require no name would be evaluated at every event. What they ask of a few telling fields is asked once.
 */
export class EventIndex<E, T extends { readonly query: Query<E> }> {
  readonly #byName: NameIndex<T>;
  readonly #nameless: readonly T[];
  readonly #namelessSet: ReadonlySet<T>;
  readonly #tree: EventTree<E, T> | undefined;

  /** @param resolve how fields are had of an event; without it, rules are found by name alone */
  constructor(items: readonly T[], resolve: FieldResolver<E> | undefined) {
    this.#byName = new NameIndex(items, ({ query }) => query.requiredValues(INDEXED_FIELD));
    this.#nameless = this.#byName.candidates(undefined);
    this.#namelessSet = new Set(this.#nameless);
    this.#tree = resolve && new EventTree(KEY_FIELDS.flatMap((name) => keyField<E, T>(name, resolve)));
  }

  /** The rules that can match an event of this name. */
  candidates(name: string | undefined): readonly T[] {
    return this.#byName.candidates(name);
  }

  /**
   * Those that can match this event. What is found of them by more than the name is for this event only: its query asks
   * nothing that is decided already.
   *
   * @param names what the event has for `process.name`
   */
  candidatesOf(names: Values, event: E): readonly T[] {
    const items = this.#byName.candidatesOf(names);
    if (this.#tree === undefined || items.length <= FEW || hasSeveral(names)) return items;
    // Each name has rules of its own. Where they are few, all names share one way.
    const isShared = items.length - this.#nameless.length <= FEW && this.#nameless.length > FEW;
    const leaf = this.#tree.leafOf(isShared ? this.#nameless : items, event);
    if (leaf === undefined) return items;
    return isShared && items !== this.#nameless ? leaf.foundAmong(items, this.#namelessSet, event) : leaf.found;
  }
}

/** Then what is found by name is a new list each time. */
function hasSeveral(names: Values): boolean {
  return typeof names === "object" && names !== null && names.length > 1;
}

function keyField<E, T extends { readonly query: Query<E> }>(
  name: string,
  resolve: FieldResolver<E>,
): KeyField<E, T>[] {
  const accessor = resolve(name);
  if (accessor === undefined) return [];
  const worth = name === INDEXED_FIELD ? 1 : WORTH_A_LOOK;
  const isVaried = name === ARGS_FIELD;
  // An event may lack some arguments. Then it has to be told that a rule about this program may match.
  const mayRuleOut = ({ query }: T): boolean => !isVaried || query.requiredValues(INDEXED_FIELD) === undefined;
  return [{ name, accessor, worth, mayRuleOut, isVaried }];
}
