import assert from "node:assert/strict";

import { nested, textOf, valuesOf } from "../../src/detect/document.js";

describe("documents", () => {
  it("are nested, whatever their keys look like", () => {
    assert.deepEqual(nested({ "a.b.c": 1, a: { "b.d": 2, e: [{ "f.g": 3 }] } }), {
      a: { b: { c: 1, d: 2 }, e: [{ f: { g: 3 } }] },
    });
  });

  it("keep the first of two that cannot stand beside each other", () => {
    assert.deepEqual(nested({ a: 1, "a.b": 2 }), { a: 1 });
    assert.deepEqual(nested({ "a.b": 2, a: 1 }), { a: { b: 2 } });
  });

  it("leave out what is nested too deep to be followed", () => {
    const text = `${'{"a":'.repeat(50_000)}1${"}".repeat(50_000)}`;
    const copy = nested({ deep: JSON.parse(text) as object, flat: [[[1]]] });
    assert.equal(JSON.stringify(copy), `{"deep":${'{"a":'.repeat(98)}{}${"}".repeat(98)},"flat":[[[1]]]}`);
  });

  it("have no key that would be a prototype", () => {
    const hostile = JSON.parse('{"__proto__": {"x": 1}, "a.__proto__.x": 1, "b": {"__proto__": {"x": 1}}}') as Record<
      string,
      unknown
    >;
    const copy = nested(hostile);
    assert.equal(Object.getPrototypeOf(copy), Object.prototype);
    assert.equal("x" in {}, false);
    assert.deepEqual(Object.keys(copy), ["a", "b"]);
  });

  it("give their values, those that are missing left out", () => {
    assert.deepEqual(valuesOf({ a: { b: ["x", 1, true] } }, "a.b"), ["x", 1, true]);
    assert.deepEqual(valuesOf({ a: null }, "a"), []);
    assert.equal(textOf({ a: [7, 8] }, "a"), "7");
  });
});
