import { oneOf, wildcardListMatcher } from "../automaton/wildcard.js";
import { isAddressField, networkTest } from "../cidr.js";
import type { Scalar } from "../field.js";
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
  const texts: string[] = [];
  const scalars = new Set<Scalar>();
  const others: ((text: string) => boolean)[] = [];
  const patterns = literals.flatMap(({ pattern }) => (pattern === undefined ? [] : [pattern]));
  if (patterns.length > 0) others.push(wildcardListMatcher(patterns, false));
  for (const { text, pattern } of literals) {
    if (pattern !== undefined) continue;
    texts.push(text);
    const number = toNumber(text);
    if (number !== undefined) scalars.add(number);
    if (text === "true" || text === "false") scalars.add(text === "true");
    const network = isAddressField(field) ? networkTest(text) : undefined;
    if (network !== undefined) others.push(network);
  }
  const isText = oneOf(texts);
  if (others.length === 0) return (value) => (typeof value === "string" ? isText(value) : scalars.has(value));
  const isOther = anyOf(others);
  return (value) => {
    if (typeof value === "string") return isText(value) || isOther(value);
    return scalars.has(value) || isOther(String(value));
  };
}

function anyOf(tests: readonly ((text: string) => boolean)[]): (text: string) => boolean {
  const [first, second] = tests;
  return first !== undefined && second === undefined ? first : (text) => tests.some((test) => test(text));
}
