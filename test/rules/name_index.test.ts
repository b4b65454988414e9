import assert from "node:assert/strict";

import fc from "fast-check";

import { NameIndex } from "../../src/rules/name_index.js";
import type { RequiredValues } from "../../src/rules/query.js";

interface Item {
  readonly id: number;
  readonly required: RequiredValues | undefined;
}

const index = (items: readonly Item[]): NameIndex<Item> => new NameIndex(items, ({ required }) => required);
const ids = (items: readonly Item[]): number[] => items.map(({ id }) => id);
const cased = (...values: string[]): RequiredValues => ({ values, ignoreCase: false });
const anyCase = (...values: string[]): RequiredValues => ({ values, ignoreCase: true });

describe("the index by name", () => {
  const items: readonly Item[] = [
    { id: 0, required: cased("ufw", "iptables") },
    { id: 1, required: undefined },
    { id: 2, required: anyCase("UFW", "nft") },
    { id: 3, required: cased() },
    { id: 4, required: cased("nft") },
  ];
  const names = index(items);

  it("finds by case and without, and what applies to any name, in order", () => {
    assert.deepEqual(ids(names.candidates("ufw")), [0, 1, 2]);
    assert.deepEqual(ids(names.candidates("Ufw")), [1, 2]);
    assert.deepEqual(ids(names.candidates("iptables")), [0, 1]);
    assert.deepEqual(ids(names.candidates("IPTABLES")), [1]);
    assert.deepEqual(ids(names.candidates("nft")), [1, 2, 4]);
    assert.deepEqual(ids(names.candidates("other")), [1]);
    assert.deepEqual(ids(names.candidates(undefined)), [1]);
  });

  it("gives the same list each time, so that a look-up allocates none", () => {
    for (const name of ["ufw", "NFT", "other", undefined]) assert.equal(names.candidates(name), names.candidates(name));
    assert.equal(names.candidates("x"), names.candidates(undefined));
  });

  it("finds for all values of a document's field", () => {
    assert.deepEqual(ids(names.candidatesOf(["nft", "iptables"])), [0, 1, 2, 4]);
    assert.deepEqual(ids(names.candidatesOf("ufw")), [0, 1, 2]);
    for (const none of [undefined, null, [], 7, [7]]) assert.deepEqual(ids(names.candidatesOf(none)), [1]);
    assert.deepEqual(ids(names.candidatesOf([7, "iptables"])), [0, 1]);
  });

  it("finds by a number what requires the string that it is written as", () => {
    const numbers = index([{ id: 0, required: cased("7") }]);
    assert.deepEqual(ids(numbers.candidatesOf(7)), [0]);
    assert.deepEqual(ids(numbers.candidatesOf([8, 7])), [0]);
    assert.deepEqual(ids(numbers.candidatesOf(8)), []);
  });

  it("leaves an event of one of 600 names with the one item that requires it", () => {
    const many = index(Array.from({ length: 600 }, (_, id) => ({ id, required: cased(`program-${id}`) })));
    for (let id = 0; id < 600; id++) assert.deepEqual(ids(many.candidates(`program-${id}`)), [id]);
    assert.deepEqual(ids(many.candidates("program-600")), []);
  });

  it("never leaves out an item that applies", () => {
    const name = fc.string({ unit: fc.constantFrom("a", "A", "b", "ß", "İ", "Σ"), maxLength: 2 });
    const required = fc.option(fc.record({ values: fc.array(name, { maxLength: 3 }), ignoreCase: fc.boolean() }), {
      nil: undefined,
    });
    const foldAscii = (text: string): string => text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
    fc.assert(
      fc.property(fc.array(required, { maxLength: 6 }), name, (all, looked) => {
        const items = all.map((required, id): Item => ({ id, required }));
        const found = ids(index(items).candidates(looked));
        for (const { id, required } of items) {
          const applies =
            required === undefined ||
            required.values.some((value) =>
              required.ignoreCase ? foldAscii(value) === foldAscii(looked) : value === looked,
            );
          if (applies) assert.ok(found.includes(id), `item ${id}`);
        }
        assert.deepEqual(
          found,
          [...found].sort((left, right) => left - right),
        );
      }),
      { numRuns: 1_000 },
    );
  });
});
