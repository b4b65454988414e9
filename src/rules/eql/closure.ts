import type { Accessor, Values } from "../field.js";
import type { Condition, FieldTest } from "./condition.js";
import { compileScript } from "./script.js";
import { comparisonTest, matchingTest, membershipTest, wildcardTest, type ValueTest } from "./value_test.js";

type Predicate<E> = (event: E) => boolean;

/**
 * Compiles a condition into a closure.
 *
 * @param text the query, for the places of errors
 * @throws QueryError for a wrong regular expression
 */
export function compileCondition<E>(
  text: string,
  condition: Condition,
  accessorOf: (field: string) => Accessor<E>,
): Predicate<E> {
  const compile = (item: Condition): Predicate<E> => compileCondition(text, item, accessorOf);
  switch (condition.kind) {
    case "constant": {
      const { value } = condition;
      return () => value;
    }
    case "and":
      return all(condition.items.map(compile));
    case "or":
      return some(condition.items.map(compile));
    case "not": {
      const item = compile(condition.item);
      return (event) => !item(event);
    }
    case "exists":
      return hasValue(accessorOf(condition.field.name));
    case "test":
      return anyValue(accessorOf(condition.field.name), compileTest(text, condition.test, condition.field.name));
    case "script":
      return compileScript(text, condition.expression, condition.wanted, accessorOf);
  }
}

function compileTest(text: string, test: FieldTest, field: string): ValueTest {
  switch (test.kind) {
    case "compare":
      return comparisonTest(test.operator, test.constant, field);
    case "member":
      return membershipTest(test.constants, test.ignoreCase, field);
    case "match":
      return matchingTest(text, test);
    case "wildcard":
      return wildcardTest(test.tokens, test.ignoreCase);
  }
}

function all<E>(predicates: readonly Predicate<E>[]): Predicate<E> {
  return (event) => {
    for (const predicate of predicates) if (!predicate(event)) return false;
    return true;
  };
}

function some<E>(predicates: readonly Predicate<E>[]): Predicate<E> {
  return (event) => {
    for (const predicate of predicates) if (predicate(event)) return true;
    return false;
  };
}

function hasValue<E>(accessor: Accessor<E>): Predicate<E> {
  return (event) => {
    const values = accessor(event);
    return values !== undefined && values !== null && !(typeof values === "object" && values.length === 0);
  };
}

function anyValue<E>(accessor: Accessor<E>, test: ValueTest): Predicate<E> {
  return (event) => {
    const values: Values = accessor(event);
    if (values === undefined || values === null) return false;
    if (typeof values !== "object") return test(values);
    for (const value of values) if (test(value)) return true;
    return false;
  };
}
