import assert from "node:assert/strict";
import { compileQuery, QueryError, UnsupportedQuery } from "../src/query.js";

const EVENTS = [1, 2, 3, 4, 5, 6].map((n) => ({ n, event: { category: "process" } }));

function select(text: string): number[] {
  return Array.from(compileQuery(text, "eql").select(EVENTS), ({ n }) => n);
}

describe("compileQuery", () => {
  it("matches events nested, dotted and as search hits", () => {
    const query = compileQuery('process where process.name == "sh"', "eql");
    assert.ok(query.matches({ event: { category: "process" }, process: { name: "sh" } }));
    assert.ok(query.matches({ "event.category": ["process"], "process.name": "sh" }));
    assert.ok(query.matches({ _index: "x", _source: { event: { category: "process" }, "process.name": "sh" } }));
    assert.ok(query.matches({ _index: "x", fields: { "event.category": ["process"], "process.name": ["sh"] } }));
    assert.ok(!query.matches({}));
    assert.deepEqual(query.fields, ["event.category", "process.name"]);
  });

  it("takes objects of any type, and gives them back as such", () => {
    interface Started {
      readonly process: { readonly name: string };
      readonly pid?: number;
    }
    const events: readonly Started[] = [{ process: { name: "sh" } }, { process: { name: "ls" }, pid: 7 }];
    const query = compileQuery('any where process.name == "ls"', "eql");
    assert.deepEqual(
      Array.from(query.select(events), ({ pid }) => pid),
      [7],
    );
    assert.deepEqual(
      events.map((event) => query.matches(event)),
      [false, true],
    );
  });

  it("says that a query is no string", () => {
    for (const wrong of [undefined, 5, Buffer.from("any where true")] as unknown[] as string[]) {
      assert.throws(() => compileQuery(wrong, "eql"), {
        name: "TypeError",
        message: `the query is no string: ${typeof wrong}`,
      });
    }
  });

  it("takes KQL by the name that rules give it", () => {
    const query = compileQuery("process.name:sh and not user.id:0", "kuery");
    assert.ok(query.matches({ process: { name: "sh" }, user: { id: "1" } }));
    assert.ok(!query.matches({ process: { name: "sh" }, user: { id: "0" } }));
  });

  for (const [pipes, expected] of [
    ["", [1, 2, 3, 4, 5, 6]],
    ["| head 2", [1, 2]],
    ["| head 0", []],
    ["| head 99", [1, 2, 3, 4, 5, 6]],
    ["| tail 2", [5, 6]],
    ["| tail 0", []],
    ["| tail 99", [1, 2, 3, 4, 5, 6]],
    ["| head 4 | tail 2", [3, 4]],
    ["| tail 4 | head 2", [3, 4]],
    ["| tail 4 | tail 3 | head 1", [4]],
  ] as const) {
    it(`selects ${JSON.stringify(expected)} with ${JSON.stringify(pipes)}`, () => {
      assert.deepEqual(select(`process where true ${pipes}`), expected);
    });
  }

  it("gives what was put in, hits included, and can be run again", () => {
    const hit = { _source: { a: 1 } };
    const selected = compileQuery("any where a == 1", "eql").select([{ a: 2 }, hit]);
    assert.deepEqual([...selected], [hit]);
    assert.equal([...selected][0], hit);
  });

  it("reads no further than the head needs, and leaves what it reads from closed", () => {
    let read = 0;
    let closed = false;
    function* endless(): Generator<{ n: number }> {
      try {
        for (;;) yield { n: read++ };
      } finally {
        closed = true;
      }
    }
    const selected = compileQuery("any where n % 2 == 0 | head 3", "eql").select(endless());
    assert.deepEqual(
      Array.from(selected, ({ n }) => n),
      [0, 2, 4],
    );
    assert.equal(read, 5);
    assert.ok(closed);
  });

  it("takes the options of EQL", () => {
    const query = compileQuery("process where a == 1", "eql", { eventCategoryField: "kind" });
    assert.ok(query.matches({ kind: "process", a: 1 }));
    assert.throws(() => compileQuery("any where nowhere == 1", "eql", { isKnownField: () => false }), QueryError);
  });

  it("throws errors with line, column and a caret", () => {
    assert.throws(
      () => compileQuery("process where\n  process.name = 1", "eql"),
      (error) => {
        assert.ok(error instanceof QueryError);
        assert.deepEqual([error.line, error.column], [2, 16]);
        assert.match(error.message, /\n {4}process\.name = 1\n {17}\^$/);
        return true;
      },
    );
    assert.throws(() => compileQuery("sequence [any where true] [any where true]", "eql"), UnsupportedQuery);
  });

  it("refuses another language", () => {
    assert.throws(() => compileQuery("x", "lucene" as "eql"), TypeError);
  });
});
