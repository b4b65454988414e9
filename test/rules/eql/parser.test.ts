import assert from "node:assert/strict";
import { parseEql } from "../../../src/rules/eql/parser.js";
import { tokenize } from "../../../src/rules/eql/lexer.js";
import type { EventQuery, Expression } from "../../../src/rules/eql/tree.js";
import { printEql } from "./print.js";

function event(text: string): EventQuery {
  const tree = parseEql(text);
  assert.ok(tree.kind === "event");
  return tree;
}

function condition(text: string): Expression {
  return event(`any where ${text}`).condition;
}

/** The string that a literal stands for. */
function stringOf(literal: string): unknown {
  const parsed = condition(`a == ${literal}`);
  return parsed.kind === "comparison" && parsed.right.kind === "literal" ? parsed.right.value : undefined;
}

describe("EQL strings", () => {
  for (const [literal, value] of [
    ['""', ""],
    ['"a b"', "a b"],
    ['"\\n\\r\\t\\b\\f\\\\\\"\\\'"', "\n\r\t\b\f\\\"'"],
    ['"\\u{41}\\u{1F600}\\u{0000e9}"', "A😀é"],
    ['"// no comment /*"', "// no comment /*"],
    ['"""C:\\new"""', "C:\\new"],
    ['"""a"b""c"""', 'a"b""c'],
    ['"""a""""', 'a"'],
    ['"""a"""""', 'a""'],
    ['""""""', ""],
    ['"""\\"""', "\\"],
  ] as const) {
    it(`${literal} is ${JSON.stringify(value)}`, () => {
      assert.equal(stringOf(literal), value);
    });
  }
});

describe("EQL names", () => {
  for (const [text, name, optional] of [
    ["process.parent.name", "process.parent.name", false],
    ["@timestamp", "@timestamp", false],
    ["_id", "_id", false],
    ["?process.args", "process.args", true],
    ["? process . args", "process.args", true],
    ["`process-name`.x", "process-name.x", false],
    ["`a``b`", "a`b", false],
    ["?`f?oo`", "f?oo", true],
    ["event.`sequence`", "event.sequence", false],
    ["Any", "Any", false],
    ["head", "head", false],
  ] as const) {
    it(`${text} is the field ${name}`, () => {
      assert.deepEqual(condition(text), { kind: "field", name, optional, offset: 10 });
    });
  }
});

describe("EQL comments", () => {
  for (const text of [
    "process where // to the end of the line\n true",
    "/* one */ process /* two\n lines */ where true // at the end",
    "process/**/where/***/true",
    "process where true /* a glob: /tmp/* */",
  ]) {
    it(`do not count: ${JSON.stringify(text)}`, () => {
      assert.equal(printEql(event(text)), '"process" where true');
    });
  }
});

describe("EQL tokens", () => {
  it("tell keywords from names by case, and a tilde that belongs to them", () => {
    const kinds = tokenize("in~ in like~ startsWith~ AND and x~").map(({ kind, text }) => `${kind} ${text}`);
    assert.deepEqual(kinds, [
      "keyword in~",
      "keyword in",
      "keyword like~",
      "name startsWith",
      "name AND",
      "keyword and",
      "name x",
      "end ",
    ]);
  });

  it("know numbers with points and exponents", () => {
    const numbers = tokenize("1 1.5 .5 5. 1e3 2.5E-2 .5e+1").filter(({ kind }) => kind === "number");
    assert.deepEqual(
      numbers.map((token) => token.kind === "number" && [token.value, token.decimal]),
      [
        [1, false],
        [1.5, true],
        [0.5, true],
        [5, true],
        [1000, true],
        [0.025, true],
        [5, true],
      ],
    );
  });
});

describe("EQL trees", () => {
  for (const [text, printed] of [
    ["a == 1 or b == 2 and not c == 3", "a == 1 or b == 2 and not c == 3"],
    ["(a == 1 or b == 2) and c == 3", "(a == 1 or b == 2) and c == 3"],
    ["a not in (1, 2)", "not a in (1, 2)"],
    ['a : "x"', 'a : ("x")'],
    ["1 - (2 - 3) == a", "1 - (2 - 3) == a"],
    ["1 - 2 - 3 == a", "1 - 2 - 3 == a"],
    ["-(1 + 2) * 3 == a", "- (1 + 2) * 3 == a"],
    ["(a in (1)) == true", "a in (1) == true"],
    ['string((a == 1)) == "true"', 'string(a == 1) == "true"'],
    ["not (not a)", "not not a"],
  ] as const) {
    it(`${text} is read as ${printed}`, () => {
      assert.equal(printEql(event(`any where ${text}`)), `any where ${printed}`);
    });
  }

  it("have their pipes in order", () => {
    assert.deepEqual(event("any where true | head 10 | tail 3|head 1").pipes, [
      { kind: "head", count: 10 },
      { kind: "tail", count: 3 },
      { kind: "head", count: 1 },
    ]);
  });

  it("have what a pipe takes calculated", () => {
    assert.deepEqual(event("any where true | head 2147483648-1 | tail (1 + 2) * +2").pipes, [
      { kind: "head", count: 2147483647 },
      { kind: "tail", count: 6 },
    ]);
  });

  it("of a sequence have all of its parts", () => {
    const tree = parseEql(
      'sequence by host.id, ?user.id with maxspan=15h [process where a] by b ![file where c] by e with runs=2 until ["x y" where d] by f | tail 2',
    );
    assert.ok(tree.kind === "sequence");
    assert.equal(tree.maxspan, "15h");
    assert.deepEqual(
      tree.by.map(({ name, optional }) => [name, optional]),
      [
        ["host.id", false],
        ["user.id", true],
      ],
    );
    assert.deepEqual(
      tree.subqueries.map(({ category, missing, runs, by }) => [category, missing, runs, by.map(({ name }) => name)]),
      [
        ["process", false, 1, ["b"]],
        ["file", true, 2, ["e"]],
      ],
    );
    assert.equal(tree.until?.category, "x y");
    assert.deepEqual(tree.pipes, [{ kind: "tail", count: 2 }]);
  });
});
