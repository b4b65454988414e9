import assert from "node:assert/strict";
import { documentResolver, type JsonDocument } from "../../../src/rules/document.js";
import { compileEql } from "../../../src/rules/eql/compile.js";

/** A condition, an event, and whether it matches. */
export type Row = readonly [condition: string, event: JsonDocument, expected: boolean];

/** One test for each row; the query is `any where` the condition. */
export function testRows(rows: readonly Row[]): void {
  for (const [condition, event, expected] of rows) {
    it(`${condition} is ${expected} of ${JSON.stringify(event)}`, () => {
      assert.equal(matches(condition, event), expected);
    });
  }
}

export function matches(condition: string, event: JsonDocument): boolean {
  return compileEql(`any where ${condition}`, documentResolver).matches(event);
}
