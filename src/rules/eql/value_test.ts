import { patternMatcher, type Matcher } from "../automaton/matcher.js";
import { PatternTooLarge } from "../automaton/nfa.js";
import { anyOf } from "../automaton/pattern.js";
import { parseRegexp, RegexpError } from "../automaton/regexp.js";
import { ANY_ONE, ANY_RUN, oneOf, wildcardListMatcher, type WildcardTokens } from "../automaton/wildcard.js";
import { isAddressField, networkTest } from "../cidr.js";
import { QueryError } from "../error.js";
import type { Scalar } from "../field.js";
import type { ValueTest } from "../formula.js";
import { rangeMatcher } from "../range.js";
import { offsetInString } from "./string.js";
import type { ComparisonOperator, Literal, Matching } from "./tree.js";
import { compare, toBoolean, toNumber, toText } from "./value.js";

/** `!=` is the complement of `==`. */
export type TestOperator = Exclude<ComparisonOperator, "!=">;

/**
 * `== constant`, `< constant` and so on; a value counts as of the constant's type where it can.
 *
 * @param field the field's name
 */
export function comparisonTest(operator: TestOperator, constant: Scalar, field: string): ValueTest {
  if (operator === "==") return orAddress([constant], field, equalityTest(constant));
  switch (typeof constant) {
    case "string":
      return rangeMatcher(operator, constant, field);
    case "number":
      return (value) => compare(operator, toNumber(value), constant) === true;
    case "boolean":
      return (value) => compare(operator, toBoolean(value), constant) === true;
  }
}

function equalityTest(constant: Scalar): ValueTest {
  switch (typeof constant) {
    case "string":
      return (value) => value === constant || (typeof value !== "string" && toText(value) === constant);
    case "number":
      return (value) => value === constant || (typeof value === "string" && toNumber(value) === constant);
    case "boolean":
      return (value) => value === constant || (typeof value === "string" && toBoolean(value) === constant);
  }
}

/** In a field of addresses a constant may be a network, and an address equals the same one that is written otherwise. */
function orAddress(constants: readonly Scalar[], field: string, test: ValueTest): ValueTest {
  if (!isAddressField(field)) return test;
  const networks = constants.flatMap((constant) => networkTest(toText(constant)) ?? []);
  return (value) => test(value) || networks.some((contains) => contains(toText(value)));
}

/**
 * `in (…)` and `in~ (…)`; all constants are of one type.
 *
 * @param field the field's name; undefined for what is calculated
 */
export function membershipTest(constants: readonly Scalar[], ignoreCase: boolean, field = ""): ValueTest {
  if (ignoreCase)
    return textTest(
      wildcardListMatcher(
        constants.map((constant) => [toText(constant)]),
        true,
      ),
    );
  const [first] = constants;
  if (typeof first === "string") return orAddress(constants, field, textTest(oneOf(constants.map(toText))));
  const set = new Set(constants);
  if (typeof first === "number") return (value) => set.has(toNumber(value) ?? NaN);
  return (value) => set.has(toBoolean(value) ?? "");
}

/**
 * `:`, `like`, `regex` and their kind.
 *
 * @param text the query, for the place of a wrong regular expression
 * @throws QueryError
 */
export function matchingTest(text: string, { operator, patterns }: Pick<Matching, "operator" | "patterns">): ValueTest {
  if (operator === "regex" || operator === "regex~") return textTest(regexpTest(text, patterns, operator === "regex~"));
  const tokens = patterns.map(({ value }) => wildcardTokens(String(value)));
  return textTest(wildcardListMatcher(tokens, operator !== "like"));
}

function textTest(matcher: Matcher): ValueTest {
  return (value) => matcher(typeof value === "string" ? value : toText(value));
}

function regexpTest(text: string, literals: readonly Literal[], ignoreCase: boolean): Matcher {
  let offset = 0;
  try {
    return patternMatcher(
      anyOf(
        literals.map((literal) => {
          offset = literal.offset;
          return parseRegexp(String(literal.value), ignoreCase);
        }),
      ),
    );
  } catch (error) {
    if (error instanceof RegexpError) {
      throw new QueryError(text, offsetInString(text, offset, error.index), error.message);
    }
    if (error instanceof PatternTooLarge) {
      throw new QueryError(text, offset, `the regular expression is too large: ${error.message}`);
    }
    throw error;
  }
}

/** `*` stands for any run of characters, `?` for one; neither can be escaped. */
export function wildcardTokens(text: string): WildcardTokens {
  return text.split(/([*?])/).map((piece) => (piece === "*" ? ANY_RUN : piece === "?" ? ANY_ONE : piece));
}

/** As Lucene reads it: `*`, `?`, and a backslash that makes the next character literal; one at the end is itself. */
export function luceneWildcard(text: string): WildcardTokens {
  return Array.from(text.matchAll(/\\([^])|[^]/gu), ([char, escaped]) =>
    escaped !== undefined ? escaped : char === "*" ? ANY_RUN : char === "?" ? ANY_ONE : char,
  );
}

/** A test of strings against a pattern, one that was read already. */
export function wildcardTest(tokens: WildcardTokens, ignoreCase: boolean): ValueTest {
  return textTest(wildcardListMatcher([tokens], ignoreCase));
}

export function hasWildcard(text: string): boolean {
  return /[*?]/.test(text);
}
