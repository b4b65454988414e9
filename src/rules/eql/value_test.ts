import { patternMatcher, type Matcher } from "../automaton/matcher.js";
import { anyOf } from "../automaton/pattern.js";
import { parseRegexp, RegexpError } from "../automaton/regexp.js";
import { PatternTooLarge } from "../automaton/nfa.js";
import { ANY_ONE, ANY_RUN, wildcardListMatcher, type WildcardTokens } from "../automaton/wildcard.js";
import { QueryError } from "../error.js";
import type { Scalar } from "../field.js";
import { offsetInString } from "./string.js";
import type { ComparisonOperator, Literal, Matching } from "./tree.js";
import { compare, toBoolean, toNumber, toText } from "./value.js";

/** A test of one value of a field. */
export type ValueTest = (value: Scalar) => boolean;

/** `== constant`, `< constant` and so on; a value counts as of the constant's type where it can. */
export function comparisonTest(operator: ComparisonOperator, constant: Scalar): ValueTest {
  if (operator === "==") return equalityTest(constant);
  switch (typeof constant) {
    case "string":
      return (value) => compareText(operator, value, constant);
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

/** A field whose values are numbers has numbers in its mapping, so a string that it is compared with is one as well. */
function compareText(operator: ComparisonOperator, value: Scalar, constant: string): boolean {
  if (typeof value === "number") return compare(operator, value, toNumber(constant)) === true;
  return compare(operator, toText(value), constant) === true;
}

/** `in (…)` and `in~ (…)`; all constants are of one type. */
export function membershipTest(constants: readonly Scalar[], ignoreCase: boolean): ValueTest {
  if (ignoreCase)
    return textTest(
      wildcardListMatcher(
        constants.map((constant) => [toText(constant)]),
        true,
      ),
    );
  const set = new Set(constants);
  const [first] = constants;
  if (typeof first === "string") return (value) => set.has(typeof value === "string" ? value : toText(value));
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
