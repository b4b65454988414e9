import type { Accessor, Scalar, Values } from "./field.js";
import { compileFormula, conditionsOf, isFulfilled, simplify, type FieldCondition, type Formula } from "./formula.js";
import { mostTellingFirst } from "./order.js";
import type { Query } from "./query.js";

/** A field by whose values events are told apart. */
export interface KeyField<E, T> {
  readonly name: string;
  readonly accessor: Accessor<E>;
  /** How many rules it must rule out to be worth a look, which costs as much as a rule or two. */
  readonly worth: number;
  /** Whether it may rule out this rule. */
  mayRuleOut(item: T): boolean;
  /** It has new values all the time: of each no more is asked than rules out rules. */
  readonly isVaried: boolean;
}

/** A rule whose answer the fields that were looked at leave open, and what is left to ask. */
interface Open<E, T> {
  readonly item: T;
  readonly formula: Formula<E>;
}

/** A place in the tree: a question that leads on, or the end. */
type Node<E, T> = Question<E, T> | Leaf<E, T>;

/** Makes the place that this answer leads to. */
type Grow<E, T> = (open: readonly Open<E, T>[], fields: readonly KeyField<E, T>[], event: E) => Node<E, T>;

/** Values that are remembered; beyond it they are forgotten. */
const MAX_VALUES = 8192;
/** Places in the tree; beyond it is begun anew, unless it had too few events for what it costs to make one. */
const MAX_NODES = 1024;
const EVENTS_PER_NODE = 100;
/** Where more than one in so many events has a new value, values are not remembered any more: to test one costs less. */
const EVENTS_PER_VALUE = 4;
/** UTF-16 units; a longer value is not remembered. */
const MAX_LENGTH = 256;

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

  readonly #grow: Grow<E, T> = (open, fields, event) => {
    let best: Question<E, T> | undefined;
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

/** What those values of a field fulfil that were looked at so far. */
interface State<E, T> {
  readonly fulfilled: ReadonlySet<FieldCondition<E>>;
  readonly unfulfilled: readonly FieldCondition<E>[];
  /** What it is with one more value. */
  readonly after: Map<string, State<E, T>>;
  /** Where it leads to if there are no more. */
  node: Node<E, T> | undefined;
}

/** Goes over the values of a field, of which each is tested once however many events have it. */
class Question<E, T> {
  /** What rules ask of the field. */
  readonly #conditions: readonly FieldCondition<E>[];
  /** By which of the conditions are fulfilled. */
  readonly #states = new Map<string, State<E, T>>();
  readonly #start: State<E, T>;
  #isLearning = true;
  /** Values, and the events that had them, since they were last forgotten. */
  #learnt = 0;
  #events = 0;

  constructor(
    private readonly field: KeyField<E, T>,
    private readonly fields: readonly KeyField<E, T>[],
    private readonly open: readonly Open<E, T>[],
    private readonly grow: Grow<E, T>,
    private readonly remember: () => void,
  ) {
    const asked = open.flatMap(({ item, formula }) => (field.mayRuleOut(item) ? conditionsOn(field, formula) : []));
    this.#conditions = [...new Set(asked)];
    this.#start = this.#stateOf(new Set());
  }

  forgetValues(): void {
    this.#isLearning &&= this.#learnt * EVENTS_PER_VALUE < this.#events;
    this.#learnt = 0;
    this.#events = 0;
    for (const [key, state] of this.#states) {
      state.after.clear();
      if (state.node === undefined && state !== this.#start) this.#states.delete(key);
    }
  }

  next(event: E): Node<E, T> {
    this.#events++;
    const state = this.#stateAfter(this.field.accessor(event));
    return (state.node ??= this.#lead(state, event));
  }

  /** The rules that the event's values do not rule out, with what is left of them. */
  leftOpen(event: E): readonly Open<E, T>[] {
    return this.#leftOpen(this.#stateAfter(this.field.accessor(event)));
  }

  #stateAfter(values: Values): State<E, T> {
    if (values === undefined || values === null) return this.#start;
    if (typeof values !== "object") return this.#with(this.#start, values);
    let state = this.#start;
    for (const value of values) state = this.#with(state, value);
    return state;
  }

  #with(before: State<E, T>, value: Scalar): State<E, T> {
    if (!this.#isLearning || typeof value !== "string") return this.#test(before, value);
    return before.after.get(value) ?? this.#learn(before, value);
  }

  #learn(before: State<E, T>, value: string): State<E, T> {
    const state = this.#test(before, value);
    if (value.length <= MAX_LENGTH) {
      before.after.set(value, state);
      this.#learnt++;
      this.remember();
    }
    return state;
  }

  #test(before: State<E, T>, value: Scalar): State<E, T> {
    for (const condition of before.unfulfilled) {
      if (isFulfilled(condition, value)) {
        const more = before.unfulfilled.filter((other) => isFulfilled(other, value));
        return this.#stateOf(new Set([...before.fulfilled, ...more]));
      }
    }
    return before;
  }

  #stateOf(fulfilled: ReadonlySet<FieldCondition<E>>): State<E, T> {
    const key = this.#conditions.map((condition) => Number(fulfilled.has(condition))).join("");
    let state = this.#states.get(key);
    if (state === undefined) {
      const unfulfilled = this.#conditions.filter((condition) => !fulfilled.has(condition));
      state = { fulfilled, unfulfilled, after: new Map(), node: undefined };
      this.#states.set(key, state);
      this.remember();
    }
    return state;
  }

  #lead(state: State<E, T>, event: E): Node<E, T> {
    const others = this.fields.filter((other) => other !== this.field);
    return this.grow(this.#leftOpen(state), others, event);
  }

  #leftOpen({ fulfilled }: State<E, T>): Open<E, T>[] {
    const asked = new Set(this.#conditions);
    return this.open.flatMap(({ item, formula }) => {
      const left = simplify(formula, (condition) => (asked.has(condition) ? fulfilled.has(condition) : undefined));
      return left.kind === "constant" && !left.value ? [] : [{ item, formula: left }];
    });
  }
}

/** What a formula asks of a field; of one that is varied, no more than makes it false where none of it is fulfilled. */
function conditionsOn<E, T>(field: KeyField<E, T>, formula: Formula<E>): FieldCondition<E>[] {
  let conditions = conditionsOf(formula).filter((condition) => condition.field === field.name);
  if (!field.isVaried) return conditions;
  const isFalseWithout = (unfulfilled: readonly FieldCondition<E>[]): boolean => {
    const left = simplify(formula, (condition) => (unfulfilled.includes(condition) ? false : undefined));
    return left.kind === "constant" && !left.value;
  };
  if (!isFalseWithout(conditions)) return [];
  for (const condition of conditions.toReversed()) {
    const fewer = conditions.filter((other) => other !== condition);
    if (isFalseWithout(fewer)) conditions = fewer;
  }
  return conditions;
}
