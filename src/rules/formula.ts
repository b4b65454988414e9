import type { Accessor, Scalar, Values } from "./field.js";

/**
 * What a query of either language comes to: tests of single fields, joined. Every node is true or false for an event, and
 * `not` is the complement.
 */
export type Formula<E> =
  | Constant
  | FieldCondition<E>
  /** What no single field decides. */
  | { readonly kind: "other"; readonly holds: Predicate<E> }
  | { readonly kind: "not"; readonly item: Formula<E> }
  | { readonly kind: "and" | "or"; readonly items: readonly Formula<E>[] };

/** Reads one field and nothing else. */
export type FieldCondition<E> =
  /** The field has a value. */
  | { readonly kind: "exists"; readonly field: string; readonly values: Accessor<E> }
  /** Some value of the field passes the test. */
  | { readonly kind: "test"; readonly field: string; readonly values: Accessor<E>; readonly test: ValueTest };

/** A test of one value of a field. */
export type ValueTest = (value: Scalar) => boolean;

export type Predicate<E> = (event: E) => boolean;

interface Constant {
  readonly kind: "constant";
  readonly value: boolean;
}

export const ALWAYS: Constant = { kind: "constant", value: true };
export const NEVER: Constant = { kind: "constant", value: false };

export function compileFormula<E>(formula: Formula<E>): Predicate<E> {
  switch (formula.kind) {
    case "constant":
      return formula.value ? () => true : () => false;
    case "exists": {
      const { values } = formula;
      return (event) => hasValue(values(event));
    }
    case "test":
      return anyValue(formula.values, formula.test);
    case "other":
      return formula.holds;
    case "not": {
      const item = compileFormula(formula.item);
      return (event) => !item(event);
    }
    case "and":
      return all(formula.items.map(compileFormula));
    case "or":
      return some(formula.items.map(compileFormula));
  }
}

/** Whether a field's values fulfil a condition on it. */
export function isFulfilled<E>(condition: FieldCondition<E>, values: Values): boolean {
  if (condition.kind === "exists") return hasValue(values);
  if (values === undefined || values === null) return false;
  return typeof values === "object" ? values.some(condition.test) : condition.test(values);
}

/**
 * What is left of a formula where it is known of some conditions whether they are fulfilled: the same answer for every
 * event of which that is true.
 *
 * @param known undefined for a condition of which it is not known
 */
export function simplify<E>(
  formula: Formula<E>,
  known: (condition: FieldCondition<E>) => boolean | undefined,
): Formula<E> {
  switch (formula.kind) {
    case "constant":
    case "other":
      return formula;
    case "exists":
    case "test": {
      const answer = known(formula);
      return answer === undefined ? formula : constant(answer);
    }
    case "not": {
      const item = simplify(formula.item, known);
      return item.kind === "constant" ? constant(!item.value) : { kind: "not", item };
    }
    case "and":
    case "or":
      return joined(
        formula.kind,
        formula.items.map((item) => simplify(item, known)),
      );
  }
}

/** All conditions on single fields in a formula, in the order written. */
export function conditionsOf<E>(formula: Formula<E>): FieldCondition<E>[] {
  switch (formula.kind) {
    case "constant":
    case "other":
      return [];
    case "exists":
    case "test":
      return [formula];
    case "not":
      return conditionsOf(formula.item);
    case "and":
    case "or":
      return formula.items.flatMap(conditionsOf);
  }
}

function joined<E>(kind: "and" | "or", all: readonly Formula<E>[]): Formula<E> {
  // A constant either decides, or says nothing.
  const deciding = kind === "or";
  if (all.some((item) => item.kind === "constant" && item.value === deciding)) return constant(deciding);
  const items = all.flatMap((item) => {
    if (item.kind === "constant") return [];
    return item.kind === kind ? item.items : [item];
  });
  const [first] = items;
  if (first === undefined) return constant(!deciding);
  return items.length === 1 ? first : { kind, items };
}

function constant(value: boolean): Constant {
  return value ? ALWAYS : NEVER;
}

function all<E>(predicates: readonly Predicate<E>[]): Predicate<E> {
  const [first, second, third] = predicates;
  if (first !== undefined && third === undefined)
    return second === undefined ? first : (event) => first(event) && second(event);
  return (event) => {
    for (const predicate of predicates) if (!predicate(event)) return false;
    return true;
  };
}

function some<E>(predicates: readonly Predicate<E>[]): Predicate<E> {
  const [first, second, third] = predicates;
  if (first !== undefined && third === undefined)
    return second === undefined ? first : (event) => first(event) || second(event);
  return (event) => {
    for (const predicate of predicates) if (predicate(event)) return true;
    return false;
  };
}

function anyValue<E>(accessor: Accessor<E>, test: ValueTest): Predicate<E> {
  return (event) => {
    const values = accessor(event);
    if (values === undefined || values === null) return false;
    if (typeof values !== "object") return test(values);
    for (const value of values) if (test(value)) return true;
    return false;
  };
}

export function hasValue(values: Values): boolean {
  return values !== undefined && values !== null && (typeof values !== "object" || values.length > 0);
}
