import assert from "node:assert/strict";
import fc from "fast-check";
import { patternMatcher } from "../../src/rules/automaton/matcher.js";
import { PatternTooLarge } from "../../src/rules/automaton/nfa.js";
import { parseRegexp, RegexpError } from "../../src/rules/automaton/regexp.js";
import { ANY_ONE, ANY_RUN, wildcardListMatcher, type WildcardTokens } from "../../src/rules/automaton/wildcard.js";
import { runs } from "./runs.js";

const value = fc.string({ unit: fc.constantFrom("a", "b", "A", "1", "é", "😀", "\n"), maxLength: 8 });

/** Matches by trying every possibility. */
function naive(tokens: readonly (string | symbol)[], chars: readonly string[]): boolean {
  const [token, ...rest] = tokens;
  if (token === undefined) return chars.length === 0;
  if (token === ANY_RUN) return naive(rest, chars) || (chars.length > 0 && naive(tokens, chars.slice(1)));
  return chars.length > 0 && (token === ANY_ONE || token === chars[0]) && naive(rest, chars.slice(1));
}

function splitTokens(tokens: WildcardTokens): (string | symbol)[] {
  return tokens.flatMap((token): (string | symbol)[] => (typeof token === "string" ? Array.from(token) : [token]));
}

function fold(text: string): string {
  return text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
}

const tokens = fc.array(
  fc.oneof(
    fc.constantFrom(ANY_RUN, ANY_ONE),
    fc.string({ unit: fc.constantFrom("a", "b", "A", "é", "😀"), maxLength: 3 }),
  ),
  { maxLength: 5 },
);

/** A regular expression that Lucene and JavaScript (with the flags s, u, v) read alike. */
const { regexp } = fc.letrec<{ regexp: string }>((tie) => ({
  regexp: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    fc.constantFrom("a", "b", "A", "1", ".", "é", "😀", "[ab]", "[^a]", "[a-b1]", "\\d", "\\W", "\\."),
    fc.tuple(tie("regexp"), tie("regexp")).map(([left, right]) => left + right),
    fc.tuple(tie("regexp"), tie("regexp")).map(([left, right]) => `(${left}|${right})`),
    fc
      .tuple(tie("regexp"), fc.constantFrom("*", "+", "?", "{2}", "{1,2}", "{1,}"))
      .map(([item, times]) => `(${item})${times}`),
  ),
}));

describe("the automaton", () => {
  it("matches wildcards as a naive matcher does", function () {
    this.timeout(0);
    fc.assert(
      fc.property(fc.array(tokens, { maxLength: 3 }), value, fc.boolean(), (patterns, text, ignoreCase) => {
        const folded = (part: string): string => (ignoreCase ? fold(part) : part);
        const expected = patterns.some((pattern) =>
          naive(
            splitTokens(pattern).map((token) => (typeof token === "string" ? folded(token) : token)),
            Array.from(folded(text)),
          ),
        );
        assert.equal(wildcardListMatcher(patterns, ignoreCase)(text), expected);
      }),
      runs(0.3),
    );
  });

  it("matches regular expressions as JavaScript does", function () {
    this.timeout(0);
    fc.assert(
      fc.property(regexp, value, (expression, text) => {
        const expected = new RegExp(`^(?:${expression})$`, "su").test(text);
        assert.equal(patternMatcher(parseRegexp(expression, false))(text), expected, expression);
      }),
      runs(0.2),
    );
  });

  it("has complement and intersection as logic has them", function () {
    this.timeout(0);
    fc.assert(
      fc.property(regexp, regexp, value, (left, right, text) => {
        const matches = (expression: string): boolean => patternMatcher(parseRegexp(expression, false))(text);
        try {
          assert.equal(matches(`~(${left})`), !matches(left));
          assert.equal(matches(`(${left})&(${right})`), matches(left) && matches(right));
        } catch (error) {
          assert.ok(error instanceof PatternTooLarge, String(error));
        }
      }),
      runs(0.02),
    );
  });

  it("reads any regular expression, or says what is wrong with it", function () {
    this.timeout(0);
    const pieces = fc.constantFrom(
      ...Array.from('ab.*+?|()[]{}~&<>@#"\\^-,0123456789 \n'),
      "😀",
      "<1-5>",
      "{2,3}",
      "[^a]",
    );
    fc.assert(
      fc.property(fc.string({ unit: pieces, maxLength: 12 }), value, (expression, text) => {
        try {
          assert.equal(typeof patternMatcher(parseRegexp(expression, true))(text), "boolean");
        } catch (error) {
          if (error instanceof PatternTooLarge) return;
          assert.ok(error instanceof RegexpError, String(error));
          assert.ok(error.index >= 0 && error.index <= expression.length);
        }
      }),
      runs(0.3),
    );
  });
});
