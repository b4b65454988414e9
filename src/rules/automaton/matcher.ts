import { LazyDfa } from "./dfa.js";
import { buildNfa } from "./nfa.js";
import type { Pattern } from "./pattern.js";

/** A test of a whole string. */
export type Matcher = (value: string) => boolean;

/**
 * A test of whole strings against a pattern, in time linear in the string's length.
 *
 * @throws PatternTooLarge
 */
export function patternMatcher(pattern: Pattern): Matcher {
  const nfa = buildNfa(pattern);
  let dfa: LazyDfa | undefined;
  return (value) => {
    dfa ??= new LazyDfa(nfa);
    return dfa.matches(value);
  };
}
