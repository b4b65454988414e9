import assert from "node:assert/strict";
import { patternMatcher } from "../../../src/rules/automaton/matcher.js";
import { PatternTooLarge } from "../../../src/rules/automaton/nfa.js";
import { parseRegexp, RegexpError } from "../../../src/rules/automaton/regexp.js";

function matcher(expression: string, ignoreCase = false): (value: string) => boolean {
  return patternMatcher(parseRegexp(expression, ignoreCase));
}

/** What Lucene 9.12 answers. */
const CASES: readonly (readonly [expression: string, matching: readonly string[], others: readonly string[]])[] = [
  ["", [""], ["a"]],
  ["abc", ["abc"], ["ab", "abcd", "xabc"]],
  ["a.c", ["abc", "a\nc", "a😀c"], ["ac"]],
  ["a|bc", ["a", "bc"], ["abc", "ab"]],
  ["(a|b)c", ["ac", "bc"], ["c"]],
  ["()", [""], ["a"]],
  ["ab*", ["a", "abbb"], ["aba"]],
  ["a+?", ["", "a", "aa"], ["b"]],
  ["a{2}", ["aa"], ["a", "aaa"]],
  ["a{2,}", ["aa", "aaaa"], ["a"]],
  ["a{1,2}{2}", ["aa", "aaaa"], ["a", "aaaaa"]],
  ["a{0}b", ["b"], ["ab"]],
  ["[a-c]x", ["ax", "cx"], ["dx"]],
  ["[^a-c]", ["d", "\n", "😀"], ["b", ""]],
  ["[]a]", ["]", "a"], ["["]],
  ["[^]]", ["a"], ["]"]],
  ["[-a]", ["-", "a"], ["b"]],
  ["[a-b-c]", ["a", "-", "c"], ["d"]],
  ["[a^&~.]", ["^", "&", "~", "."], ["b"]],
  ["[\\]\\-]", ["]", "-"], ["\\"]],
  ["[\\w.]+", ["a.b_9"], ["a-b"]],
  ["[\\d-z]", ["1", "-", "z"], ["b"]],
  ["[a-\\d]", ["b", "d"], ["1"]],
  ["\\d\\D\\w\\W\\s\\S", ["1aa- x"], ["aaaaaa"]],
  ["\\s", [" ", "\t", "\n", "\r"], ["\u00a0", "\f"]],
  ["\\.\\*\\\\\\é", [".*\\é"], ["a*\\é"]],
  ["^a$", ["^a$"], ["a"]],
  ["(?:a)", ["?:a"], ["a"]],
  ["*a", ["*a"], ["a"]],
  ["a||b", ["a", "|b"], ["b", ""]],
  ["a]}", ["a]}"], ["a"]],
  ["~a", ["", "b", "aa"], ["a"]],
  ["~~a", ["a"], ["b"]],
  ["a~bc", ["ac", "axc", "abbc"], ["abc"]],
  ["~(.*x.*)", ["", "ab"], ["axb"]],
  ["[a-z]+&~(root|sudo)", ["user", "sudoer"], ["root", "sudo", "a1"]],
  ["a*&aa", ["aa"], ["a"]],
  ["@b", ["b", "aab"], ["a"]],
  ["a#|b", ["b"], ["a"]],
  ['"a.b*"c', ["a.b*c"], ["axbc"]],
  ["<1-10>", ["1", "10", "01", "0010"], ["0", "11", "1a", ""]],
  ["<01-10>", ["01", "10"], ["1", "010"]],
  ["<10-1>", ["5"], ["0"]],
  ["<7-123>", ["7", "99", "100", "123", "007"], ["6", "124"]],
  ["<0-0>", ["0"], ["", "1", "00"]],
  ["x<1-2>{2}", ["x12"], ["x1", "x13"]],
  ["😀{2}[😀-😂]", ["😀😀😁"], ["😀😁😁😁"]],
];

describe("regexpMatcher", () => {
  for (const [expression, matching, others] of CASES) {
    it(`${JSON.stringify(expression)} matches what it does in Lucene`, () => {
      const matches = matcher(expression);
      assert.deepEqual(matching.filter(matches), matching);
      assert.deepEqual(others.filter(matches), []);
    });
  }

  it("ignores the case of letters and of single letters in brackets, but not of ranges, as Lucene does", () => {
    for (const expression of ["Ab", '"aB"', "[a][B]"]) assert.ok(matcher(expression, true)("aB"), expression);
    assert.ok(!matcher("[^a]", true)("A"));
    assert.ok(!matcher("[a-c]", true)("B"));
    assert.ok(!matcher("é", true)("É"));
  });

  for (const [expression, index, reason] of [
    ["a(b", 3, /expected "\)"/],
    ["a)", 1, /unexpected "\)"/],
    ["[a", 2, /expected "\]"/],
    ["[", 1, /unexpected end/],
    ["[]", 2, /expected "\]"/],
    ["x[z-a]", 2, /ends before it begins/],
    ["a{", 2, /expected a number/],
    ["a{,2}", 2, /expected a number/],
    ["a{2,1}", 1, /2 is more than 1/],
    ["a{1", 3, /expected "}"/],
    ["a{99999}", 2, /at most 10000/],
    ["a|", 2, /unexpected end/],
    ["a~", 2, /unexpected end/],
    ["a&", 2, /unexpected end/],
    ["ab\\", 3, /unexpected end/],
    ["a\\n", 1, /unknown escape "\\n"/],
    ["[\\b]", 1, /unknown escape "\\b"/],
    ['a"b', 1, /has no end/],
    ["a<5", 1, /interval/],
    ["<name>", 0, /interval/],
    ["(".repeat(200), 100, /nested more than 100/],
    [`a${"*".repeat(200)}`, 101, /more than 100 repetitions/],
  ] as const) {
    it(`refuses ${expression.slice(0, 12)} at ${index}`, () => {
      assert.throws(
        () => matcher(expression),
        (error) => error instanceof RegexpError && error.index === index && reason.test(error.message),
      );
    });
  }

  for (const expression of ["(a{1000}){1000}", "((){10000}){10000}", "~(.*a.{12})", "(.{5000}){3}"]) {
    it(`refuses ${expression}, which needs too many states`, () => {
      assert.throws(() => matcher(expression), PatternTooLarge);
    });
  }
});
