import { foldAscii } from "./charset.js";
import { LazyDfa } from "./dfa.js";
import type { Matcher } from "./matcher.js";
import { buildNfa } from "./nfa.js";
import { ANY_ONE_CHAR, ANY_STRING, anyOf, concat, literal, type Pattern } from "./pattern.js";
import { edgeFilter, lengthFilter } from "./prefilter.js";

/** Any number of any characters, none included. */
export const ANY_RUN = Symbol("any run of characters");
/** Exactly one character. */
export const ANY_ONE = Symbol("any one character");

/** A wildcard pattern: literal pieces, and between them what stands for anything. */
export type WildcardTokens = readonly (string | typeof ANY_RUN | typeof ANY_ONE)[];

/**
 * A test of whole strings against a wildcard pattern, in time linear in the string's length. A character is a Unicode
 * code point.
 *
 * @param ignoreCase ASCII letters match in either case, as in Elasticsearch
 */
export function wildcardMatcher(tokens: WildcardTokens, ignoreCase: boolean): Matcher {
  return wildcardListMatcher([tokens], ignoreCase);
}

/** The same for a list of patterns, any of which may match: they are one automaton, and so one pass over the string. */
export function wildcardListMatcher(patterns: readonly WildcardTokens[], ignoreCase: boolean): Matcher {
  const merged = patterns.map(mergeTokens);
  const exact = merged.filter(isExact).map(([text]) => text ?? "");
  const [only, ...others] = merged;
  if (only === undefined) return () => false;
  if (others.length === 0) {
    const simple = simpleMatcher(only, ignoreCase);
    if (simple !== undefined) return simple;
  }
  if (ignoreCase) return automatonMatcher(merged, true);
  if (exact.length === 0) return automatonMatcher(merged, false);
  const isExactly = oneOf(exact);
  if (exact.length === merged.length) return isExactly;
  const restMatcher = wildcardListMatcher(
    merged.filter((tokens) => !isExact(tokens)),
    false,
  );
  return (value) => isExactly(value) || restMatcher(value);
}

/** Whether a value is one of these strings. Of most values its length says that it is not. */
export function oneOf(strings: Iterable<string>): Matcher {
  const set = new Set(strings);
  const [first] = set;
  if (first !== undefined && set.size === 1) return (value) => value === first;
  const hasLength = lengthFilter(set);
  return (value) => hasLength(value) && set.has(value);
}

/** Joins adjacent literals and adjacent runs, and drops empty literals. */
function mergeTokens(tokens: WildcardTokens): WildcardTokens {
  const merged: (string | typeof ANY_RUN | typeof ANY_ONE)[] = [];
  for (const token of tokens) {
    const last = merged.at(-1);
    if (token === "" || (token === ANY_RUN && last === ANY_RUN)) continue;
    if (typeof token === "string" && typeof last === "string") merged[merged.length - 1] = last + token;
    else merged.push(token);
  }
  return merged;
}

function isExact(tokens: WildcardTokens): tokens is readonly [] | readonly [string] {
  return tokens.length === 0 || (tokens.length === 1 && typeof tokens[0] === "string");
}

/** The shapes that need no automaton. */
function simpleMatcher(tokens: WildcardTokens, ignoreCase: boolean): Matcher | undefined {
  if (isExact(tokens)) {
    const text = tokens[0] ?? "";
    return ignoreCase ? (value) => equalsIgnoringCase(value, text) : (value) => value === text;
  }
  const [first, second, third] = tokens;
  if (tokens.length === 1 && first === ANY_RUN) return () => true;
  if (ignoreCase) return undefined;
  if (tokens.length === 2 && typeof first === "string" && second === ANY_RUN) return (value) => value.startsWith(first);
  if (tokens.length === 2 && first === ANY_RUN && typeof second === "string") return (value) => value.endsWith(second);
  if (tokens.length === 3 && first === ANY_RUN && typeof second === "string" && third === ANY_RUN) {
    return (value) => value.includes(second);
  }
  return undefined;
}

/** Equality but for the case of ASCII letters. */
function equalsIgnoringCase(left: string, right: string): boolean {
  if (left.length !== right.length) return false;
  for (let index = 0; index < left.length; index++) {
    if (foldAscii(left.charCodeAt(index)) !== foldAscii(right.charCodeAt(index))) return false;
  }
  return true;
}

/**
 * The automaton is built at the first value: most rules of a set never see one. It has no more states than the patterns
 * have characters, and a query's length is bounded.
 */
function automatonMatcher(patterns: readonly WildcardTokens[], ignoreCase: boolean): Matcher {
  let dfa: LazyDfa | undefined;
  const mayMatch = edgeFilter(patterns, ignoreCase);
  return (value) => {
    if (!mayMatch(value)) return false;
    dfa ??= new LazyDfa(buildNfa(anyOf(patterns.map((tokens) => patternOf(tokens, ignoreCase))), Infinity));
    return dfa.matches(value);
  };
}

function patternOf(tokens: WildcardTokens, ignoreCase: boolean): Pattern {
  return concat(
    tokens.map((token) => {
      if (token === ANY_RUN) return ANY_STRING;
      return token === ANY_ONE ? ANY_ONE_CHAR : literal(token, ignoreCase);
    }),
  );
}
