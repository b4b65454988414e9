import { wildcardListMatcher } from "../automaton/wildcard.js";
import { isAddressField, networkTest } from "../cidr.js";
import type { Accessor, Scalar, Values } from "../field.js";
import type { Literal } from "./tree.js";

const DECIMAL = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?$/i;

/** The number that a literal stands for where a field is numeric. */
export function toNumber(text: string): number | undefined {
  return DECIMAL.test(text) ? Number(text) : undefined;
}

/**
 * Whether a value is one of those asked for. Strings compare by case and whole, as a keyword field does; a literal
 * takes on the type of the value that it meets, so `1` and `"1"` are the number 1 too, and `true` the boolean. In a
 * field of addresses a literal may be a network, and an address matches however it is written.
 */
export function valueMatcher(field: string, literals: readonly Literal[]): (value: Scalar) => boolean {
  const exact = new Set<Scalar>();
  const others: ((text: string) => boolean)[] = [];
  const patterns = literals.flatMap(({ pattern }) => (pattern === undefined ? [] : [pattern]));
  if (patterns.length > 0) others.push(wildcardListMatcher(patterns, false));
  for (const { text, pattern } of literals) {
    if (pattern !== undefined) continue;
    exact.add(text);
    const number = toNumber(text);
    if (number !== undefined) exact.add(number);
    if (text === "true" || text === "false") exact.add(text === "true");
    const network = isAddressField(field) ? networkTest(text) : undefined;
    if (network !== undefined) others.push(network);
  }
  if (others.length === 0) return (value) => exact.has(value);
  return (value) => {
    if (exact.has(value)) return true;
    const text = String(value);
    return others.some((matches) => matches(text));
  };
}

/** A test that holds if any value of the field does; a missing field has none. */
export function anyValue<E>(accessor: Accessor<E>, matches: (value: Scalar) => boolean): (event: E) => boolean {
  return (event) => {
    const values = accessor(event);
    if (values === undefined || values === null) return false;
    return typeof values === "object" ? values.some(matches) : matches(values);
  };
}

export function hasValue(values: Values): boolean {
  return values !== undefined && values !== null && (typeof values !== "object" || values.length > 0);
}
