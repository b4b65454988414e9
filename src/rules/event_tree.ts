import { compileFormula, simplify } from "./formula.js";
import { mostTellingFirst } from "./order.js";
import type { Query } from "./query.js";
import { Question, type Grow, type KeyField, type Open } from "./question.js";

/** A place in the tree: a question that leads on, or the end. */
type Node<E, T> = Question<E, T, Node<E, T>> | Leaf<E, T>;

/** Values that are remembered; beyond it they are forgotten. */
const MAX_VALUES = 8192;
/** Places in the tree; beyond it is begun anew, unless it had too few events for what it costs to make one. */
const MAX_NODES = 1024;
const EVENTS_PER_NODE = 100;

/**
 * Leads an event to the rules that it may match, by a few questions each of which rules some out: what is the event's
 * category, its container? Which question comes next is settled by the first event that comes to a place. What the answer
 * says about a rule is then left out of the rule, so that what many rules ask is asked once.
 *
 * Values are remembered with the place they lead to. Those that decide the same lead to the same place, so the tree grows
 * with what the rules ask and not with what events hold.
 */
export class EventTree<E, T extends { readonly query: Query<E> }> {
  #roots = new Map<readonly T[], Node<E, T>>();
  #nodes: Node<E, T>[] = [];
  #values = 0;
  #events = 0;
  #isGivenUp = false;
  readonly #all = new Map<T, Open<E, T>>();

  readonly #fields: readonly KeyField<E, T>[];

  /** @param fields in the order of preference, of those that rule out as many rules */
  constructor(fields: readonly KeyField<E, T>[]) {
    this.#fields = fields;
  }

  /**
   * Where the event leads to among these items; undefined where the tree would cost more than it saves.
   *
   * @param items one of a few lists that are the same each time
   */
  leafOf(items: readonly T[], event: E): Leaf<E, T> | undefined {
    if (this.#isGivenUp) return undefined;
    let node = this.#roots.get(items);
    if (node === undefined) {
      node = this.#grow(
        items.map((item) => this.#opened(item)),
        this.#fields,
        event,
      );
      this.#roots.set(items, node);
    }
    while (node instanceof Question) node = node.next(event);
    this.#events++;
    if (this.#values > MAX_VALUES) this.#forgetValues();
    if (this.#nodes.length > MAX_NODES) this.#forget();
    return node;
  }

  #forgetValues(): void {
    for (const node of this.#nodes) node.forgetValues();
    this.#values = 0;
  }

  #forget(): void {
    this.#isGivenUp = this.#events < MAX_NODES * EVENTS_PER_NODE;
    this.#roots = new Map();
    this.#nodes = [];
    this.#values = 0;
    this.#events = 0;
  }

  readonly #grow: Grow<E, T, Node<E, T>> = (open, fields, event) => {
    let best: Question<E, T, Node<E, T>> | undefined;
    let most = 0;
    for (const field of open.length > 0 ? fields : []) {
      const question = new Question(field, fields, open, this.#grow, this.#remember);
      const ruledOut = open.length - question.leftOpen(event).length;
      if ((ruledOut < field.worth && ruledOut < open.length) || ruledOut <= most) continue;
      best = question;
      most = ruledOut;
    }
    const node = best ?? this.#leaf(open, event);
    this.#nodes.push(node);
    return node;
  };

  readonly #remember = (): void => {
    this.#values++;
  };

  #opened(item: T): Open<E, T> {
    let opened = this.#all.get(item);
    if (opened === undefined) {
      const formula = item.query.formula();
      opened = { item, formula: simplify(formula, () => undefined) };
      this.#all.set(item, opened);
    }
    return opened;
  }

  #leaf(open: readonly Open<E, T>[], event: E): Leaf<E, T> {
    const found = new Map(narrowed(open, event).map((item, index) => [open[index]?.item ?? item, item]));
    return new Leaf(
      found,
      (items, other) =>
        narrowed(
          items.map((item) => this.#opened(item)),
          other,
        ),
      this.#remember,
    );
  }
}

/** The items with queries that evaluate what is left of them. */
function narrowed<E, T extends { readonly query: Query<E> }>(open: readonly Open<E, T>[], event: E): T[] {
  const formulas = mostTellingFirst(
    open.map(({ formula }) => formula),
    event,
  );
  return open.map(({ item, formula: unordered }, index) => {
    const formula = formulas[index] ?? unordered;
    return { ...item, query: { ...item.query, formula: () => formula, matches: compileFormula(formula) } };
  });
}

/** The end of a way. */
export class Leaf<E, T> {
  /** What may match, in its order, each with a query that asks only what is open. */
  readonly found: readonly T[];
  readonly #beside = new Map<readonly T[], readonly T[]>();

  /**
   * @param narrowed by the item as it was given
   * @param others makes the same of items that were not led here
   */
  constructor(
    private readonly narrowed: ReadonlyMap<T, T>,
    private readonly others: (items: readonly T[], event: E) => readonly T[],
    private readonly remember: () => void,
  ) {
    this.found = [...narrowed.values()];
  }

  /**
   * What may match among more items, of which some were led here.
   *
   * @param all one of a few lists that are the same each time
   */
  foundAmong(all: readonly T[], led: ReadonlySet<T>, event: E): readonly T[] {
    const known = this.#beside.get(all);
    if (known !== undefined) return known;
    const others = this.others(
      all.filter((item) => !led.has(item)),
      event,
    ).values();
    const found = all.flatMap((item) => (led.has(item) ? this.narrowed.get(item) : others.next().value) ?? []);
    this.#beside.set(all, found);
    this.remember();
    return found;
  }

  forgetValues(): void {
    this.#beside.clear();
  }
}
