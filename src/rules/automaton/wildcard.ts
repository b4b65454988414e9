/** Any number of any characters, none included. */
export const ANY_RUN = Symbol("any run of characters");
/** Exactly one character. */
export const ANY_ONE = Symbol("any one character");

/** A wildcard pattern: literal pieces, and between them what stands for anything. */
export type WildcardTokens = readonly (string | typeof ANY_RUN | typeof ANY_ONE)[];

/**
 * A test of whole strings against a wildcard pattern. A character is a Unicode code point.
 *
 * @param ignoreCase ASCII letters match in either case, as in Elasticsearch
 */
export function wildcardMatcher(tokens: WildcardTokens, ignoreCase: boolean): (value: string) => boolean {
  const pattern = tokens.flatMap((token): (string | symbol)[] =>
    typeof token === "string" ? Array.from(token, fold) : [token],
  );
  function fold(char: string): string {
    return ignoreCase && char >= "A" && char <= "Z" ? char.toLowerCase() : char;
  }
  return (value) => {
    const chars = Array.from(value, fold);
    let at = 0;
    let next = 0;
    let resumeAt = -1;
    let resumeNext = 0;
    while (at < chars.length) {
      const token = pattern[next];
      if (token === ANY_RUN) {
        resumeNext = ++next;
        resumeAt = at;
      } else if (token === ANY_ONE || (token !== undefined && token === chars[at])) {
        at++;
        next++;
      } else if (resumeAt >= 0) {
        at = ++resumeAt;
        next = resumeNext;
      } else return false;
    }
    while (pattern[next] === ANY_RUN) next++;
    return next === pattern.length;
  };
}
