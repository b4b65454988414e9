import assert from "node:assert/strict";
import { documentResolver, type JsonDocument } from "../../../src/rules/document.js";
import { QueryError } from "../../../src/rules/error.js";
import type { FieldResolver } from "../../../src/rules/field.js";
import { compileEql } from "../../../src/rules/eql/compile.js";

/** Knows but two fields. */
const resolve: FieldResolver<JsonDocument> = (field) =>
  ["process.name", "event.category"].includes(field) ? documentResolver(field) : undefined;

describe("the fields of an EQL query", () => {
  it("are each listed once, sorted, the event category with them", () => {
    const text = 'process where process.name == "a" or ?b == 1 or length(process.name) > 1 or not c in ("x")';
    const query = compileEql(text, documentResolver);
    assert.deepEqual(query.fields, ["b", "c", "event.category", "process.name"]);
    assert.deepEqual(query.unknownFields, []);
  });

  it("that the events do not have are missing, and told", () => {
    const query = compileEql('any where nowhere == null and process.name == "a" and not length(?gone) > 1', resolve);
    assert.deepEqual(query.unknownFields, ["gone", "nowhere"]);
    assert.ok(query.matches({ process: { name: "a" }, nowhere: "x", gone: "xx" }));
  });

  it("are asked of the resolver once each, at compile time", () => {
    const asked: string[] = [];
    const query = compileEql("any where a == 1 or a == 2 or length(a) == 3", (field) => {
      asked.push(field);
      return () => 2;
    });
    assert.ok(query.matches({}));
    assert.deepEqual(asked, ["a"]);
  });
});

describe("isKnownField", () => {
  const isKnownField = (field: string): boolean => field !== "nowhere" && field !== "event.category";

  it("makes a plain field that it does not know an error at its place", () => {
    assert.throws(
      () => compileEql("any where a == 1 and\n  nowhere == 2", documentResolver, { isKnownField }),
      (error) =>
        error instanceof QueryError && error.line === 2 && error.column === 3 && /`nowhere`/.test(error.reason),
    );
  });

  it("lets an optional one pass", () => {
    assert.ok(compileEql("any where ?nowhere == null", documentResolver, { isKnownField }).matches({}));
  });

  it("is asked for the event category too", () => {
    assert.throws(() => compileEql("process where true", documentResolver, { isKnownField }), /`event.category`/);
    assert.ok(compileEql("any where true", documentResolver, { isKnownField }).matches({}));
  });
});
