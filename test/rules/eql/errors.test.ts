import assert from "node:assert/strict";
import { documentResolver } from "../../../src/rules/document.js";
import { QueryError, UnsupportedQuery } from "../../../src/rules/error.js";
import { compileEql } from "../../../src/rules/eql/compile.js";

/** A query in which ¦ marks the place of the error, and what the error says. */
type Wrong = readonly [query: string, reason: RegExp];

function testErrors(rows: readonly Wrong[], kind: typeof QueryError = QueryError): void {
  for (const [marked, reason] of rows) {
    it(`${JSON.stringify(marked)}: ${reason.source}`, () => {
      const query = marked.replace("¦", "");
      assert.throws(
        () => compileEql(query, documentResolver),
        (error) => {
          assert.ok(error instanceof kind);
          assert.equal(error.constructor, kind);
          assert.match(error.reason, reason);
          assert.equal(error.offset, marked.indexOf("¦"));
          assertCaret(query, error);
          return true;
        },
      );
    });
  }
}

function assertCaret(query: string, { line, column, excerpt }: QueryError): void {
  const [shown = "", caret = ""] = excerpt.split("\n");
  assert.equal(shown, `  ${query.split("\n")[line - 1] ?? ""}`);
  assert.equal(caret.indexOf("^"), column + 1);
}

describe("EQL: errors of syntax", () => {
  testErrors([
    ["¦", /unexpected end of the query; expected an event category/],
    ["¦42 where true", /expected an event category/],
    ["¦`process` where true", /expected an event category/],
    ["¦?x where true", /expected an event category/],
    ["process¦", /expected `where` after the event category/],
    ["process where¦", /expected a field, a value, a function or a parenthesis/],
    ["process where a ==¦", /expected a field/],
    ['process where a ¦= "x"', /a comparison is written `==`/],
    ["process where a ==¦= 1", /expected a field/],
    ["process where a == 1 ¦== 2", /expected `and`, `or`, a pipe or the end/],
    ["process where a == 1 ¦AND b == 2", /unexpected `AND`; expected `and`/],
    ["process where (a == 1¦", /expected `\)` to close the parenthesis/],
    ["process where a == 1¦)", /unexpected `\)`/],
    ["process\nwhere a in (1,\n  2¦", /expected `\)` or a comma/],
    ["process where a in ¦1", /expected `\(` before the values/],
    ["process where a in (¦)", /expected a field/],
    ['process where a not ¦like "x"', /expected `in` or `in~` after `not`/],
    ["process where a : ¦b", /expected a string/],
    ['process where a : ("x" ¦"y")', /or a comma/],
    ["process where a == ¦'x'", /use double quotes/],
    ['process where a == ¦?"x"', /triple double quotes/],
    ['process where a == ¦"x', /this string has no end/],
    ['process where a == ¦"x\n"', /this string has no end/],
    ['process where a == "x¦\\w"', /unknown escape \\w/],
    ['process where a == "x¦\\u{1}"', /two to eight hexadecimal digits/],
    ['process where a == "x¦\\u{d800}"', /no character/],
    ['process where a == "x¦\\u{110000}"', /no character/],
    ['process where a == ¦"""x\n"""', /this raw string has no end; expected """ on the same line/],
    ['process where a == ¦"""x"', /this raw string has no end/],
    ["process where a == 1 ¦/* comment", /this comment has no end/],
    ["process where a == ¦#", /unexpected character "#"/],
    ["process where a ¦! b", /unexpected character "!"; `not` is written as a word/],
    ["process where a ¦&& b", /unexpected character "&"; `and` is written as a word/],
    ["process where a |¦| b", /unexpected `\|`; `or` is written as a word/],
    ["process where a ¦AND b", /keywords are in lower case: `and`/],
    ["process ¦WHERE a", /keywords are in lower case: `where`/],
    ["process where a == ¦“x”", /strings are in plain double quotes \("\)/],
    ["process where a¦;", /a query ends without it/],
    ["process where ¦`a", /expected a backtick/],
    ["process where ¦`` == 1", /expected a name between/],
    ["process where a.¦sequence == 1", /in backticks: `sequence`/],
    ["process where a. ¦== 1", /expected the name of a field/],
    ["process where a¦[0] == 1", /can't be indexed/],
    ["process where a == ¦1e999", /too large/],
    ["process where startsWith~ ¦== 1", /expected `\(` after the function startsWith/],
    ['process where a in ("b",¦) or c', /another value after the comma/],
    ['process where concat(a, ¦) == "x"', /another value after the comma/],
    ["any where true | ¦take 5", /the pipe `head` or `tail`/],
    ["any where true | head¦", /a whole number/],
    ["any where true | head ¦-1", /a whole number/],
    ["any where true | head ¦1.5", /a whole number/],
    ["any where true | head ¦1 - 2", /a whole number/],
    ["any where true | head ¦2 + f", /a whole number/],
    ["any where true | head ¦1 == 1", /a whole number/],
    ["any where true | head ¦99999999999", /a whole number up to 2147483647/],
    ["sequence ¦process where true", /before an event/],
    ["sequence [process where true]¦", /two or more/],
    ["sequence with maxspan=5 ¦[a where true] [b where true]", /a unit of time/],
    ["sequence with maxspan=5¦y [a where true] [b where true]", /a unit of time: `ms`, `s`, `m`, `h` or `d`/],
    ["sequence with maxspan=¦1.5h [a where true] [b where true]", /a time in whole numbers/],
    ["sequence with maxspan=¦0s [a where true] [b where true]", /a time in whole numbers/],
    [
      "sequence by a [b where true] by c [d where true] by ¦e, f",
      /joined by 2 fields of its own, and the first one by 1/,
    ],
    ["sequence [b where true] by c [¦d where true]", /joined by 0 fields of its own, and the first one by 1/],
    ["sequence [a where true] [b where true] until [c where true] by ¦d", /joined by 1 fields of its own/],
  ]);
});

describe("EQL: errors of meaning", () => {
  testErrors([
    ['any where ¦"x"', /a condition must be a boolean, and this is a string/],
    ["any where ¦1", /must be a boolean, and this is a number/],
    ["any where ¦null", /must be a boolean, and this is null/],
    ["any where true and ¦length(a)", /must be a boolean/],
    ["any where not (¦a + 1)", /must be a boolean/],
    ["any where a == ¦b", /can't be compared with each other/],
    ["any where length(a) == length(¦b)", /can't be compared with each other/],
    ["any where (a == ¦b) == true", /can't be compared with each other/],
    ['any where a in ("x", ¦b)', /can't be compared with each other/],
    ['any where a in ("x", ¦1)', /must be a string, and this is a number/],
    ["any where a in~ (¦1)", /must be a string/],
    ["any where a : ¦1", /expected a string after `:`/],
    ['any where a like ("x", ¦null)', /expected a string after `like`/],
    ['any where ¦1 : "x"', /the left side of `:` must be a string/],
    ['any where a + ¦"x" == 1', /the right side of `\+` must be a number/],
    ['any where -¦"x" == 1', /must be a number/],
    ["any where ¦nothing(a)", /unknown function `nothing`; expected one of add, between, cidrMatch,/],
    ['any where ¦startWith(a, "b")', /unknown function `startWith`; did you mean `startsWith`\?/],
    ['any where ¦wildcard(a, "b*")', /unknown function `wildcard`; write it with the operator `:` or `like`/],
    ['any where ¦concat~(a) == "x"', /no form with `~`/],
    ["any where ¦length() == 1", /length takes 1 argument \(source\), and here are 0/],
    ["any where ¦length(a, b) == 1", /takes 1 argument/],
    ['any where ¦between(a, "x") == "y"', /takes 3 to 4 arguments \(source, left, right, greedy\)/],
    ["any where ¦cidrMatch(a)", /takes 2 or more arguments/],
    ['any where between(a, ¦1, "x") == "y"', /the argument "left" of between must be a string/],
    ['any where between(a, "x", "y", ¦1) == "y"', /"greedy" of between must be a boolean/],
    ["any where cidrMatch(a, ¦b)", /cidrMatch expects a constant here/],
    ['any where cidrMatch(a, "10.0.0.0/8", ¦"10.0.0.0/99")', /an address or a network/],
    ['any where a regex "x(¦"', /in the regular expression: unexpected end/],
    ['any where a regex ("ok", """\\d¦)""")', /unexpected "\)"/],
    ['any where a regex "\\\\d¦\\\\n"', /unknown escape "\\n"/],
    ['any where string(a) regex "[¦"', /unexpected end/],
    ['any where a regex ¦"(a{1000}){1000}"', /too large/],
    ["sequence [a where true] [b where ¦f(x)]", /unknown function `f`/],
    ["sequence [a where true] [b where true] until [c where length(¦1) > 2]", /must be a string/],
  ]);
});

describe("EQL: what is not evaluated", () => {
  testErrors(
    [
      ["¦sequence by a [process where true] [file where true]", /a sequence is about several events/],
      [
        "¦sequence by a, b.c with maxspan=1m [any where y] by d with runs=2 ![any where x] by e until [any where y] by f | head 5",
        /a sequence/,
      ],
      ["// first\n¦sample by a [any where true] [any where false]", /a sample is about several events/],
      ["¦join [any where true] [any where true]", /`join`/],
      ["process where a == 1 and ¦child of [process where true]", /`child of` asks for a relation/],
      ["process where true | ¦unique a", /the pipe `unique`/],
    ],
    UnsupportedQuery,
  );
});

describe("EQL: bounds", () => {
  for (const [what, query, offset, reason] of [
    ["parentheses", `any where ${"(".repeat(100_000)}`, 110, /nested more than 100 deep/],
    ["not", `any where ${"not ".repeat(50_000)}true`, 410, /nested more than 100 deep/],
    ["signs", `any where ${"-".repeat(100_000)}1 == 1`, 110, /nested more than 100 deep/],
    ["functions", `any where ${"string(".repeat(30_000)}`, 710, /nested more than 100 deep/],
    ["operations", `any where a${"+1".repeat(50_000)} == 1`, 211, /more than 100 operations in a row/],
    ["values", `any where a in (${"1,".repeat(10_001)}1)`, 20_016, /more than 10000 values/],
    ["fields in one function", `any where concat(${"a,".repeat(8)}a) == "x"`, 33, /more than 8 fields/],
    ["characters", `any where a == "${"x".repeat(300_000)}"`, 262_144, /longer than 262144 characters/],
    ["backticks", `any where ${"`".repeat(200_001)}`, 10, /expected a backtick/],
  ] as const) {
    it(`too many ${what} are an error with a place, not a crash`, () => {
      assert.throws(
        () => compileEql(query, documentResolver),
        (error) => error instanceof QueryError && error.offset === offset && reason.test(error.reason),
      );
    });
  }

  it("a long chain of and, or is not deep", () => {
    const query = compileEql(`any where ${'a == "x" or '.repeat(9_000)} a == "y"`, documentResolver);
    assert.ok(query.matches({ a: "y" }));
  });
});
