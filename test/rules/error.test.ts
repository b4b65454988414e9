import assert from "node:assert/strict";
import { positionAt, QueryError, UnsupportedQuery } from "../../src/rules/error.js";

describe("QueryError", () => {
  it("gives line and column from 1, and a caret below the place", () => {
    const error = new QueryError("process where\n  a === 1", 20, "expected a value");
    assert.deepEqual([error.line, error.column, error.offset], [2, 7, 20]);
    assert.equal(error.reason, "expected a value");
    assert.equal(error.excerpt, "    a === 1\n        ^");
    assert.equal(error.message, `line 2, column 7: expected a value\n${error.excerpt}`);
  });

  it("is told from what is merely unsupported by class and name", () => {
    assert.equal(new QueryError("", 0, "").name, "QueryError");
    const unsupported = new UnsupportedQuery("", 0, "");
    assert.ok(unsupported instanceof QueryError);
    assert.equal(unsupported.name, "UnsupportedQuery");
  });

  for (const [what, text, offset, line, column] of [
    ["LF", "a\nb", 2, 2, 1],
    ["CR LF, one line end", "a\r\nb", 3, 2, 1],
    ["CR", "a\rb", 2, 2, 1],
    ["the end of the text", "a\nbc", 4, 2, 3],
    ["beyond the end", "ab", 9, 1, 3],
    ["an empty text", "", 0, 1, 1],
  ] as const) {
    it(`counts lines: ${what}`, () => {
      const position = positionAt(text, offset);
      assert.deepEqual([position.line, position.column], [line, column]);
    });
  }

  it("keeps tabs, so that the caret is below its place wherever tab stops are", () => {
    assert.equal(new QueryError("\ta\t= 1", 3, "").excerpt, "  \ta\t= 1\n  \t \t^");
  });

  it("counts characters that are wide on a terminal, so that the caret is below its place", () => {
    // Two columns each, in one and in two UTF-16 units; one column in two units; none: an accent of its own.
    for (const [text, columns] of [
      ["漢字かなハングルＡ", 18],
      ["한글", 4],
      ["😀🚀", 4],
      ["𝒜", 1],
      ["e\u0301", 1],
      ["Größe…", 6],
    ] as const) {
      const { excerpt } = new QueryError(`${text}= 1`, text.length, "");
      assert.equal(excerpt, `  ${text}= 1\n  ${" ".repeat(columns)}^`);
    }
  });

  it("shows nothing that would act on a terminal, the caret still below its place", () => {
    const error = new QueryError("a \u001b[2J\u202e == 1", 8, "unexpected `\u001b`");
    assert.equal(error.excerpt, "  a \ufffd[2J\ufffd == 1\n          ^");
    assert.equal(error.reason, "unexpected `\\e`");
  });

  it("cuts a long line around the place, the caret still below it", () => {
    const text = `${"a".repeat(500)}!${"b".repeat(500)}`;
    const [line = "", caret = ""] = new QueryError(text, 500, "").excerpt.split("\n");
    assert.ok(line.length < 130);
    assert.equal(line[caret.indexOf("^")], "!");
    assert.match(line, /^ {2}….*…$/);
  });

  it("leaves no half of a character where it cuts a line", () => {
    const excerpts = [0, 1].map((odd) => new QueryError("x".repeat(odd) + "😀".repeat(300), 300, "").excerpt);
    for (const excerpt of excerpts) assert.doesNotMatch(excerpt, /\p{Cs}/u);
    assert.match(excerpts.join(""), /\ufffd/);
  });
});
