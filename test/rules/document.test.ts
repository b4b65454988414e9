import assert from "node:assert/strict";
import { documentResolver, unwrapHit, type JsonDocument } from "../../src/rules/document.js";
import { FREQUENT_FIELDS } from "../../src/rules/frequent_fields.js";

function read(document: JsonDocument, field: string): unknown {
  return documentResolver(field)?.(document);
}

describe("documentResolver", () => {
  for (const [what, document, field, expected] of [
    ["a top level key", { a: 1 }, "a", 1],
    ["nested objects", { a: { b: { c: "x" } } }, "a.b.c", "x"],
    ["a dotted key", { "a.b.c": "x" }, "a.b.c", "x"],
    ["a dotted key below an object", { a: { "b.c": "x" } }, "a.b.c", "x"],
    ["an object below a dotted key", { "a.b": { c: "x" } }, "a.b.c", "x"],
    ["both forms at once", { a: { b: "x" }, "a.b": "y" }, "a.b", ["x", "y"]],
    ["several values", { a: ["x", "y"] }, "a", ["x", "y"]],
    ["objects in an array", { a: [{ b: "x" }, { b: ["y", "z"] }, { c: 1 }] }, "a.b", ["x", "y", "z"]],
    ["nested arrays", { a: [["x"], [["y"]]] }, "a", ["x", "y"]],
    ["null among values", { a: ["x", null] }, "a", ["x"]],
    ["an object where a value is due", { a: { b: 1 } }, "a", undefined],
    ["a value where an object is due", { a: "x" }, "a.b", undefined],
    ["null", { a: null }, "a", undefined],
    ["nothing", {}, "a.b", undefined],
    ["no value", { a: [] }, "a", []],
    ["false and 0", { a: [false, 0] }, "a", [false, 0]],
  ] as const) {
    it(`reads ${what}`, () => {
      assert.deepEqual(read(document, field), expected);
    });
  }

  it("takes nothing from Object.prototype", () => {
    assert.equal(read({}, "constructor.name"), undefined);
    assert.equal(read({}, "toString"), undefined);
    const parsed = JSON.parse('{"__proto__": {"a": 1}}') as JsonDocument;
    assert.equal(read(parsed, "__proto__.a"), 1);
  });

  it("does not follow arrays in arrays without end", () => {
    let nested: unknown = { b: 1 };
    for (let depth = 0; depth < 100_000; depth++) nested = [nested];
    assert.equal(read({ a: nested }, "a.b"), undefined);
  });
});

/** The field in a document of its own, for each way to write it: a.b.c, a.{b.c}, a.b.{c}, a.{b.{c}}. */
function written(parts: readonly string[], value: unknown): JsonDocument[] {
  return parts.flatMap((_, index) => {
    const key = parts.slice(0, index + 1).join(".");
    const rest = parts.slice(index + 1);
    return rest.length === 0 ? [{ [key]: value }] : written(rest, value).map((inner) => ({ [key]: inner }));
  });
}

describe("a field that is asked for often", () => {
  for (const field of FREQUENT_FIELDS.keys()) {
    it(`is read however it is written: ${field}`, () => {
      const parts = field.split(".");
      for (const value of ["x", 7, false, ["x", "y"], [["x"], null]]) {
        const whole = [value].flat(2).filter((one) => one !== null);
        for (const document of written(parts, value)) {
          assert.deepEqual([read(document, field)].flat(), whole);
          for (const other of written(parts, "z")) {
            const [key = ""] = Object.keys(other);
            if (key in document) continue;
            const both = [read({ ...document, ...other }, field)].flat();
            assert.deepEqual(both.sort(), [...whole, "z"].sort(), JSON.stringify({ ...document, ...other }));
            assert.deepEqual([read({ ...document, [key]: null }, field)].flat(), whole);
          }
        }
        for (const key of [parts[0] ?? "", field]) {
          const several = { [key]: written(parts.slice(1), value) };
          const expected = key === field ? [] : several[key]?.flatMap(() => whole);
          assert.deepEqual([read(several, field) ?? []].flat(), expected);
        }
      }
      for (const nothing of [{}, { [field]: null }, ...written(parts, null), ...written(parts, {})]) {
        assert.equal(read(nothing, field), undefined);
      }
    });
  }
});

describe("unwrapHit", () => {
  const event = { process: { name: "sh" } };

  it("takes the _source of a hit, though its fields are there too", () => {
    assert.equal(unwrapHit({ _index: "logs", _source: event, fields: { "process.name": ["sh"] } }), event);
  });

  it("takes the fields of a hit without its source", () => {
    const fields = { "process.name": ["sh"] };
    assert.equal(unwrapHit({ _index: "logs", _id: "1", fields }), fields);
  });

  it("leaves an event that has fields of its own", () => {
    const filebeat = { ...event, fields: { env: "test" } };
    assert.equal(unwrapHit(filebeat), filebeat);
  });
});
