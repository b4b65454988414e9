import type { Accessor } from "../field.js";
import { ALWAYS, NEVER, type Formula, type ValueTest } from "../formula.js";
import type { Condition, FieldTest } from "./condition.js";
import { compileScript } from "./script.js";
import { comparisonTest, matchingTest, membershipTest, wildcardTest } from "./value_test.js";

/**
 * Compiles what a condition asks of single fields, and of several.
 *
 * @param text the query, for the places of errors
 * @throws QueryError for a wrong regular expression
 */
export function formulaOf<E>(
  text: string,
  condition: Condition,
  accessorOf: (field: string) => Accessor<E>,
): Formula<E> {
  const part = (item: Condition): Formula<E> => formulaOf(text, item, accessorOf);
  switch (condition.kind) {
    case "constant":
      return condition.value ? ALWAYS : NEVER;
    case "and":
    case "or":
      return { kind: condition.kind, items: condition.items.map(part) };
    case "not":
      return { kind: "not", item: part(condition.item) };
    case "exists": {
      const { name } = condition.field;
      return { kind: "exists", field: name, values: accessorOf(name) };
    }
    case "test": {
      const { name } = condition.field;
      return { kind: "test", field: name, values: accessorOf(name), test: compileTest(text, condition.test, name) };
    }
    case "script":
      return { kind: "other", holds: compileScript(text, condition.expression, condition.wanted, accessorOf) };
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
