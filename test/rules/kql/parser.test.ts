import assert from "node:assert/strict";

import { ANY_RUN } from "../../../src/rules/automaton/wildcard.js";
import { QueryError, UnsupportedQuery } from "../../../src/rules/error.js";
import { MAX_DEPTH, MAX_QUERY_LENGTH, MAX_VALUES, parseKql } from "../../../src/rules/kql/parser.js";
import type { KqlNode, Literal } from "../../../src/rules/kql/tree.js";

/** A tree as nested lists: operator first; a pattern as its pieces. */
function shape(node: KqlNode): unknown {
  switch (node.kind) {
    case "everything":
      return "everything";
    case "and":
    case "or":
      return [node.kind, ...node.operands.map(shape)];
    case "not":
      return ["not", shape(node.operand)];
    case "is":
      return [text(node.field), ":", text(node.value)];
    case "exists":
      return [text(node.field), ":", "any"];
    case "range":
      return [text(node.field), node.operator, text(node.bound)];
    case "nested":
      return [text(node.field), "{}", shape(node.query)];
  }
}

function text({ text, pattern }: Literal): unknown {
  return pattern?.map((token) => (token === ANY_RUN ? "*" : token)) ?? text;
}

function parsed(query: string): unknown {
  return shape(parseKql(query));
}

describe("the KQL parser", () => {
  const trees: readonly (readonly [string, unknown])[] = [
    ["a:1", ["a", ":", "1"]],
    ["a : 1", ["a", ":", "1"]],
    ['"a b":"c d"', ["a b", ":", "c d"]],
    ["a.b:*", ["a.b", ":", "any"]],
    ["a:**", ["a", ":", "any"]],
    ['a:"*"', ["a", ":", "*"]],
    ["a:\\*", ["a", ":", "*"]],
    ["a:x*y*", ["a", ":", ["x", "*", "y", "*"]]],
    ["a:x?y", ["a", ":", "x?y"]],
    ["process.*:x", [["process.", "*"], ":", "x"]],
    ["*:x", [["*"], ":", "x"]],
    ["*", "everything"],
    ["*:*", "everything"],
    ["", "everything"],
    [" \n", "everything"],
    // not > and > or
    ["a:1 or b:2 and not c:3", ["or", ["a", ":", "1"], ["and", ["b", ":", "2"], ["not", ["c", ":", "3"]]]]],
    ["a:1 and b:2 or c:3", ["or", ["and", ["a", ":", "1"], ["b", ":", "2"]], ["c", ":", "3"]]],
    ["not a:1 and b:2", ["and", ["not", ["a", ":", "1"]], ["b", ":", "2"]]],
    ["not (a:1 and b:2)", ["not", ["and", ["a", ":", "1"], ["b", ":", "2"]]]],
    ["not not a:1", ["not", ["not", ["a", ":", "1"]]]],
    ["a:1 OR b:2 AND NOT c:3", ["or", ["a", ":", "1"], ["and", ["b", ":", "2"], ["not", ["c", ":", "3"]]]]],
    ["NOT(a:1)And(b:2)Or(c:3)", ["or", ["and", ["not", ["a", ":", "1"]], ["b", ":", "2"]], ["c", ":", "3"]]],
    // the same inside a list of values
    ["a:(1 or 2 and not 3)", ["or", ["a", ":", "1"], ["and", ["a", ":", "2"], ["not", ["a", ":", "3"]]]]],
    ["a:(* and not (x or y))", ["and", ["a", ":", "any"], ["not", ["or", ["a", ":", "x"], ["a", ":", "y"]]]]],
    ["a:((1))", ["a", ":", "1"]],
    // spaces between words belong to the value, those around it do not
    ["a: two words ", ["a", ":", "two words"]],
    ["a:two  \n words and b:1", ["and", ["a", ":", "two  \n words"], ["b", ":", "1"]]],
    ["a:(one two or three)", ["or", ["a", ":", "one two"], ["a", ":", "three"]]],
    ["two words:x", ["two words", ":", "x"]],
    // a keyword is a word of its own
    ["a:android or a:order", ["or", ["a", ":", "android"], ["a", ":", "order"]]],
    ["a:cannot open", ["a", ":", "cannot open"]],
    ["a:x-or y", ["a", ":", "x-or y"]],
    ["a:not", ["a", ":", "not"]],
    ["a:(or)", ["a", ":", "or"]],
    ["a:(x and not)", ["and", ["a", ":", "x"], ["a", ":", "not"]]],
    ["a:x \\and y", ["a", ":", "x and y"]],
    ["a:\\Not x", ["a", ":", "Not x"]],
    // escapes
    ['a:x\\:y\\(\\)\\<\\>\\{\\}\\\\\\"', ["a", ":", 'x:y()<>{}\\"']],
    ["a:\\t\\r\\nx\\u00e4\\ ", ["a", ":", "\t\r\nxä "]],
    ['a:"\\t\\u0041\\\\\\""', ["a", ":", '\tA\\"']],
    ['a:"C:\\Windows\\*"', ["a", ":", "C:\\Windows\\*"]],
    ["a\\:b:c", ["a:b", ":", "c"]],
    // ranges
    ["a>1", ["a", ">", "1"]],
    ["a >= 1 and a<2", ["and", ["a", ">=", "1"], ["a", "<", "2"]]],
    ['a <= "b c"', ["a", "<=", "b c"]],
    // nested
    ["a:{ b:1 and c:{d:2} }", ["a", "{}", ["and", ["b", ":", "1"], ["c", "{}", ["d", ":", "2"]]]]],
  ];
  for (const [query, tree] of trees) {
    it(`reads ${JSON.stringify(query)}`, () => assert.deepEqual(parsed(query), tree));
  }

  const errors: readonly (readonly [string, number, RegExp])[] = [
    ["a:", 2, /expected a value, found the end of the query/],
    ["a: and b:1", 3, /expected a value, found "and"/],
    ["a:1 or", 6, /expected a field, found the end of the query/],
    ["a:1 and or b:1", 8, /expected a field, found "or"/],
    [":x", 0, /expected a field, found ":"/],
    [">= x", 0, /expected a field, found ">"/],
    ["a:(1 or 2", 9, /expected "and", "or" or "\)", found the end of the query/],
    ["a:1)", 3, /expected "and", "or" or the end of the query, found "\)"/],
    ["(a:1", 4, /found the end of the query/],
    ['a:"b', 2, /this string has no end/],
    ["a:b:c", 3, /found ":"/],
    ["a:b (c)", 4, /found "\("/],
    ['a:b "c"', 4, /found "\\?""/],
    ['a "c":d', 2, /expected ":", "<", "<=", ">" or ">=" after a field/],
    ["a:x not y", 4, /found "not"/],
    ["a:not b", 2, /expected a value, found "not"/],
    ["a:>5", 2, /expected a value, found ">"/],
    ["a > x*", 4, /a range needs a plain value/],
    ["a:\\x", 2, /unknown escape/],
    ["a:{b:1", 6, /expected "and", "or" or "}"/],
    ["a:null", 2, /null is no value: an event without the field is "not a:\*"/],
    ["a:🙂🙂 (", 7, /found "\("/],
  ];
  for (const [query, offset, reason] of errors) {
    it(`refuses ${JSON.stringify(query)} at ${offset}`, () => {
      assert.throws(
        () => parseKql(query),
        (error) => {
          assert.ok(error instanceof QueryError && !(error instanceof UnsupportedQuery), String(error));
          assert.match(error.reason, reason);
          assert.equal(error.offset, offset);
          return true;
        },
      );
    });
  }

  it("gives null in quotes, escaped and as part of a value its letters", () => {
    assert.deepEqual(parsed('a:"null"'), ["a", ":", "null"]);
    assert.deepEqual(parsed("a:nullable"), ["a", ":", "nullable"]);
    assert.deepEqual(parsed("a:\\u006eull"), ["a", ":", "null"]);
  });

  it("reports free text as unsupported, where it stands", () => {
    const places = { foo: 0, '"foo bar"': 0, "a:1 and foo": 8, "(foo or a:1)": 1, "not foo*": 4, "n:{ foo }": 4 };
    for (const [query, offset] of Object.entries(places)) {
      assert.throws(
        () => parseKql(query),
        (error) => error instanceof UnsupportedQuery && error.offset === offset && error.reason.includes("foo"),
        query,
      );
    }
  });

  it("shows line, column and a caret", () => {
    assert.throws(() => parseKql('a:1 and\n  b:"x" c'), {
      message: 'line 2, column 9: expected "and", "or" or the end of the query, found "c"\n    b:"x" c\n          ^',
    });
  });

  it("has bounds on nesting, length and values, and an error beyond", () => {
    const nested = (depth: number): string => "(".repeat(depth) + "a:1" + ")".repeat(depth);
    assert.deepEqual(parsed(nested(MAX_DEPTH)), ["a", ":", "1"]);
    assert.throws(() => parseKql(nested(MAX_DEPTH + 1)), /nested deeper than/);
    assert.throws(() => parseKql(nested(60_000)), /nested deeper than/);
    assert.throws(() => parseKql(`${"not ".repeat(MAX_DEPTH + 1)}a:1`), /nested deeper than/);
    assert.throws(() => parseKql("a:{".repeat(MAX_DEPTH + 1)), /nested deeper than/);
    assert.throws(() => parseKql(`a:"${"x".repeat(MAX_QUERY_LENGTH)}"`), /longer than/);
    const list = (count: number): string => `a:(${new Array<string>(count).fill("1").join(" or ")})`;
    assert.doesNotThrow(() => parseKql(list(MAX_VALUES - 1)));
    assert.throws(() => parseKql(list(MAX_VALUES)), /more than 10000 fields and values/);
  });
});
