import type { Accessor, Scalar, Values } from "./field.js";
import { conditionsOf, isFulfilled, simplify, type FieldCondition, type Formula } from "./formula.js";

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
export interface Open<E, T> {
  readonly item: T;
  readonly formula: Formula<E>;
}

/** Makes the place that an answer leads to, from what it leaves open and the fields that were not asked for yet. */
export type Grow<E, T, N> = (open: readonly Open<E, T>[], fields: readonly KeyField<E, T>[], event: E) => N;

/** Where more than one in so many events has a new value, values are not remembered any more: to test one costs less. */
const EVENTS_PER_VALUE = 4;
/** UTF-16 units; a longer value is not remembered. */
const MAX_LENGTH = 256;

/** What those values of a field fulfil that were looked at so far. */
interface State<E, N> {
  readonly fulfilled: ReadonlySet<FieldCondition<E>>;
  readonly unfulfilled: readonly FieldCondition<E>[];
  /** What it is with one more value. */
  readonly after: Map<string, State<E, N>>;
  /** Where it leads to if there are no more. */
  node: N | undefined;
}

/** Goes over the values of a field, of which each is tested once however many events have it. */
export class Question<E, T, N> {
  /** What rules ask of the field. */
  readonly #conditions: readonly FieldCondition<E>[];
  /** By which of the conditions are fulfilled. */
  readonly #states = new Map<string, State<E, N>>();
  readonly #start: State<E, N>;
  #isLearning = true;
  /** Values, and the events that had them, since they were last forgotten. */
  #learnt = 0;
  #events = 0;

  constructor(
    private readonly field: KeyField<E, T>,
    private readonly fields: readonly KeyField<E, T>[],
    private readonly open: readonly Open<E, T>[],
    private readonly grow: Grow<E, T, N>,
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

  next(event: E): N {
    this.#events++;
    const state = this.#stateAfter(this.field.accessor(event));
    return (state.node ??= this.#lead(state, event));
  }

  /** The rules that the event's values do not rule out, with what is left of them. */
  leftOpen(event: E): readonly Open<E, T>[] {
    return this.#leftOpen(this.#stateAfter(this.field.accessor(event)));
  }

  #stateAfter(values: Values): State<E, N> {
    if (values === undefined || values === null) return this.#start;
    if (typeof values !== "object") return this.#with(this.#start, values);
    let state = this.#start;
    for (const value of values) state = this.#with(state, value);
    return state;
  }

  #with(before: State<E, N>, value: Scalar): State<E, N> {
    if (!this.#isLearning || typeof value !== "string") return this.#test(before, value);
    return before.after.get(value) ?? this.#learn(before, value);
  }

  #learn(before: State<E, N>, value: string): State<E, N> {
    const state = this.#test(before, value);
    if (value.length <= MAX_LENGTH) {
      before.after.set(value, state);
      this.#learnt++;
      this.remember();
    }
    return state;
  }

  #test(before: State<E, N>, value: Scalar): State<E, N> {
    for (const condition of before.unfulfilled) {
      if (isFulfilled(condition, value)) {
        const more = before.unfulfilled.filter((other) => isFulfilled(other, value));
        return this.#stateOf(new Set([...before.fulfilled, ...more]));
      }
    }
    return before;
  }

  #stateOf(fulfilled: ReadonlySet<FieldCondition<E>>): State<E, N> {
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

  #lead(state: State<E, N>, event: E): N {
    const others = this.fields.filter((other) => other !== this.field);
    return this.grow(this.#leftOpen(state), others, event);
  }

  #leftOpen({ fulfilled }: State<E, N>): Open<E, T>[] {
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
