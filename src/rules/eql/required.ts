import { isAddressField } from "../cidr.js";
import type { RequiredValues } from "../query.js";
import type { Condition, FieldTest } from "./condition.js";
import { hasWildcard } from "./value_test.js";

/** See `Query.requiredValues`. */
export function requiredValuesOf(condition: Condition, field: string): RequiredValues | undefined {
  switch (condition.kind) {
    case "constant":
      return condition.value ? undefined : { values: [], ignoreCase: false };
    case "test":
      // An address can be written in several ways.
      return condition.field.name === field && !isAddressField(field) ? requiredByTest(condition.test) : undefined;
    case "and":
      return smallest(condition.items.map((item) => requiredValuesOf(item, field)));
    case "or":
      return merged(condition.items.map((item) => requiredValuesOf(item, field)));
    // What a `not`, an existence or a calculation needs is no list of values.
    case "not":
    case "exists":
    case "script":
      return undefined;
  }
}

function requiredByTest(test: FieldTest): RequiredValues | undefined {
  switch (test.kind) {
    case "compare":
      return test.operator === "==" ? requireStrings([test.constant], false) : undefined;
    case "member":
      return requireStrings(test.constants, test.ignoreCase);
    case "match": {
      if (test.operator === "regex" || test.operator === "regex~") return undefined;
      const values = test.patterns.map(({ value }) => value);
      return requireStrings(values, test.operator !== "like", hasWildcard);
    }
    case "wildcard":
      return undefined;
  }
}

/** A number may be written in several ways, so only strings are values that can be looked up. */
function requireStrings(
  values: readonly unknown[],
  ignoreCase: boolean,
  isPattern: (text: string) => boolean = () => false,
): RequiredValues | undefined {
  const strings = values.filter((value) => typeof value === "string");
  return strings.length === values.length && !strings.some(isPattern) ? { values: strings, ignoreCase } : undefined;
}

/** All sides of an `and` are needed, so any one is enough; not what they have in common, as a field may have several values. */
function smallest(sides: readonly (RequiredValues | undefined)[]): RequiredValues | undefined {
  return sides.reduce(
    (best, side) =>
      side !== undefined && (best === undefined || side.values.length < best.values.length) ? side : best,
    undefined,
  );
}

function merged(sides: readonly (RequiredValues | undefined)[]): RequiredValues | undefined {
  const values = new Set<string>();
  let ignoreCase = false;
  for (const side of sides) {
    if (side === undefined) return undefined;
    for (const value of side.values) values.add(value);
    ignoreCase ||= side.ignoreCase;
  }
  return { values: [...values], ignoreCase };
}
