import assert from "node:assert/strict";
import { documentResolver } from "../../../src/rules/document.js";
import { compileEql } from "../../../src/rules/eql/compile.js";

function required(condition: string, field = "f"): unknown {
  return compileEql(`process where ${condition}`, documentResolver).requiredValues(field);
}

describe("requiredValues", () => {
  for (const [condition, values, ignoreCase] of [
    ['f == "a"', ["a"], false],
    ['"a" == f', ["a"], false],
    ['f == "a*"', ["a*"], false],
    ['f in ("a", "b")', ["a", "b"], false],
    ['f in ("a", null)', ["a"], false],
    ['f in~ ("a", "B")', ["a", "B"], true],
    ['f : "a"', ["a"], true],
    ['f : ("a", "b")', ["a", "b"], true],
    ['f like "a"', ["a"], false],
    ['f like~ ("a", "b")', ["a", "b"], true],
    ['f in ("a") == true', ["a"], false],
    ['x == 1 and f == "a" and y == 2', ["a"], false],
    ['f in ("a", "b", "c") and f in ("c", "d")', ["c", "d"], false],
    ['f == "a" or f : "b"', ["a", "b"], true],
    ['f == "a" or f == "a"', ["a"], false],
    ['(f == "a" and x == 1) or (f == "b" and y == 1)', ["a", "b"], false],
    ['f == "a" or false', ["a"], false],
    ['f == "a" and not x == 1', ["a"], false],
    ["false", [], false],
    ["f in (null)", [], false],
  ] as const) {
    it(`${condition} needs ${JSON.stringify(values)}`, () => {
      assert.deepEqual(required(condition), { values, ignoreCase });
    });
  }

  for (const condition of [
    "true",
    'g == "a"',
    'f != "a"',
    'not f == "a"',
    'not f in ("a")',
    'f in ("a") == false',
    'f == "a" or x == 1',
    'f == "a" or not f == "b"',
    'f : "a*"',
    'f : ("a", "b?")',
    'f like "*"',
    'f regex "a"',
    'f > "a"',
    "f == 1",
    "f in (1, 2)",
    "f == null",
    "f != null",
    'length(f) == 1 or f == "a"',
    'startsWith(f, "a")',
    'string(f) == "a"',
  ]) {
    it(`${condition} needs none that can be told`, () => {
      assert.equal(required(condition), undefined);
    });
  }

  it("knows the event category", () => {
    assert.deepEqual(required("x == 1", "event.category"), { values: ["process"], ignoreCase: false });
  });
});
