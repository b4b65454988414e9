import assert from "node:assert/strict";
import { ANY_ONE, ANY_RUN, wildcardListMatcher, wildcardMatcher } from "../../../src/rules/automaton/wildcard.js";
import { wildcardTokens } from "../../../src/rules/eql/value_test.js";

describe("wildcardMatcher", () => {
  for (const [pattern, matching, others] of [
    ["", [""], ["a"]],
    ["abc", ["abc"], ["ABC", "ab", "abcd"]],
    ["*", ["", "a", "a\nb"], []],
    ["a*", ["a", "abc"], ["", "ba", "A"]],
    ["*a", ["a", "bca"], ["ab"]],
    ["*a*", ["a", "bac"], ["", "bc"]],
    ["a*c", ["ac", "abc", "abcc"], ["abcd", "a"]],
    ["a*b*c", ["abc", "aabbcc"], ["acb", "ab"]],
    ["**a**", ["a"], ["b"]],
    ["?", ["a", "😀", "é"], ["", "ab"]],
    ["a?c", ["abc", "a😀c"], ["ac", "abbc"]],
    ["*?b", ["ab", "bb"], ["b"]],
    ["*\\x", ["\\x", "a\\x"], ["x"]],
    ["[a]", ["[a]"], ["a"]],
  ] as const) {
    it(`${JSON.stringify(pattern)} matches what it should, and nothing else`, () => {
      const matches = wildcardMatcher(wildcardTokens(pattern), false);
      assert.deepEqual(matching.filter(matches), matching);
      assert.deepEqual(others.filter(matches), []);
    });
  }

  it("ignores the case of ASCII letters only", () => {
    for (const pattern of ["Éa", "É*a", "Éa*"]) {
      const matches = wildcardMatcher(wildcardTokens(pattern), true);
      assert.ok(matches("ÉA"), pattern);
      assert.ok(!matches("éa"), pattern);
    }
    assert.ok(!wildcardMatcher(["k"], true)("\u212a"), "the Kelvin sign is no k");
    assert.ok(!wildcardMatcher(["["], true)("{"), "neighbours of the letters have no case");
  });

  it("takes stars of an exact token as they are", () => {
    const matches = wildcardMatcher(["*a", ANY_ONE, "?"], false);
    assert.ok(matches("*ax?"));
    assert.ok(!matches("bax?"));
  });

  it("joins what the caller has split", () => {
    const matches = wildcardMatcher(["a", "", "b", ANY_RUN, ANY_RUN, "c"], false);
    assert.ok(matches("abxc"));
    assert.ok(!matches("ac"));
  });
});

describe("wildcardListMatcher", () => {
  const patterns = ["/usr/bin/*", "/tmp/?", "*.sh", "exact", "*/.*/x*"];

  for (const ignoreCase of [false, true]) {
    it(`matches what one of its patterns does, ${ignoreCase ? "ignoring" : "minding"} case`, () => {
      const matches = wildcardListMatcher(patterns.map(wildcardTokens), ignoreCase);
      for (const value of ["/usr/bin/a", "/tmp/a", "a.sh", "exact", "/a/.b/x", "/usr/bin/"])
        assert.ok(matches(value), value);
      for (const value of ["/usr/bi", "/tmp/ab", "exactly", "", "/a/b/x"]) assert.ok(!matches(value), value);
      assert.equal(matches("/USR/BIN/a"), ignoreCase);
      assert.equal(matches("EXACT"), ignoreCase);
    });
  }

  it("matches nothing where it has no pattern", () => {
    assert.equal(wildcardListMatcher([], true)(""), false);
  });
});
