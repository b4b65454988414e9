import assert from "node:assert/strict";

import { ANY_ONE, ANY_RUN, oneOf, wildcardListMatcher } from "../../../src/rules/automaton/wildcard.js";
import { edgeFilter } from "../../../src/rules/automaton/prefilter.js";

describe("what is asked of a value before the automaton runs", () => {
  it("rejects what is too short, or begins or ends with what no pattern does", () => {
    const mayMatch = edgeFilter(
      [
        ["/etc/", ANY_RUN, ".conf"],
        ["x", ANY_ONE, ANY_RUN, "y"],
      ],
      false,
    );
    assert.ok(mayMatch("/etc/a.conf"));
    assert.ok(mayMatch("xy"));
    for (const value of ["", "x", "etc/a.conf", "/etc/a.conF", "Xay"]) assert.ok(!mayMatch(value), value);
  });

  it("knows both cases of an edge where case is ignored", () => {
    const matches = wildcardListMatcher([["a", ANY_RUN, "z"]], true);
    for (const value of ["abz", "AbZ", "aZ", "Az"]) assert.ok(matches(value), value);
    assert.ok(!matches("ab"));
  });

  it("asks no edge where a pattern is open there", () => {
    const mayMatch = edgeFilter(
      [
        ["a", ANY_RUN],
        [ANY_RUN, "b", ANY_RUN],
      ],
      false,
    );
    assert.ok(mayMatch("xbx"));
    assert.ok(!mayMatch(""));
  });

  it("leaves characters beyond ASCII to the automaton", () => {
    const matches = wildcardListMatcher(
      [
        ["é", ANY_RUN, "😀"],
        ["a", ANY_RUN],
      ],
      true,
    );
    assert.ok(matches("é-😀"));
    assert.ok(!matches("ü-😀"));
    assert.ok(!matches("É-😀"));
  });

  it("tells strings of one length apart, and long ones", () => {
    const long = "l".repeat(40);
    const isOne = oneOf(["a", "bb", long]);
    for (const value of ["a", "bb", long]) assert.ok(isOne(value));
    for (const value of ["", "b", "ccc", "l".repeat(41), "l".repeat(31)]) assert.ok(!isOne(value), value);
  });
});
