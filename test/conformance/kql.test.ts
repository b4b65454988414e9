import assert from "node:assert/strict";

import type { JsonDocument } from "../../src/rules/document.js";
import { documentResolver } from "../../src/rules/document.js";
import { UnsupportedQuery } from "../../src/rules/error.js";
import { compileKql } from "../../src/rules/kql/compile.js";
import { documentFields } from "../../src/rules/kql/fields.js";
import { conformanceJson, needConformanceData } from "./data.js";

interface EvaluatorCases {
  readonly docs: readonly JsonDocument[];
  readonly cases: readonly { name: string; query: string; doc: number; expected: boolean }[];
}

/** Free text is refused; the rest of the evaluator's cases apply. */
const FREE_TEXT = "test_free_text";

describe("KQL: what another evaluator answers", () => {
  before(function () {
    needConformanceData(this);
  });

  it("answers the same to every structured query", () => {
    const { docs, cases } = conformanceJson("kql/evaluator_cases.json") as EvaluatorCases;
    assert.equal(cases.length, 66);
    const wrong: string[] = [];
    let free = 0;
    for (const { name, query, doc, expected } of cases) {
      if (name === FREE_TEXT) {
        free++;
        assert.throws(() => compileKql(query, documentResolver), UnsupportedQuery, query);
        continue;
      }
      const compiled = compileKql(query, documentResolver, { kqlFields: documentFields });
      const document = docs[doc];
      assert.ok(document !== undefined);
      if (compiled.matches(document) !== expected) wrong.push(`${query} on document ${doc}: expected ${expected}`);
    }
    assert.deepEqual(wrong, []);
    assert.equal(free, 9);
  });
});
