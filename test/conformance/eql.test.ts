import assert from "node:assert/strict";
import { compileQuery, type JsonDocument } from "../../src/query.js";
import { conformanceJson, needConformanceData } from "./data.js";

interface Case {
  readonly name: string;
  readonly query: string;
  readonly expected: readonly number[];
}

/** How many cases there must be, so that none is lost unseen. */
function runAll(casesPath: string, dataPath: string, id: string, count: number, skipped: RegExp): void {
  const cases = (conformanceJson(casesPath) as Case[]).filter(({ name }) => !skipped.test(name));
  const events = conformanceJson(dataPath) as JsonDocument[];
  assert.equal(cases.length, count);
  const failed = cases.filter(({ query, expected }) => {
    const selected = compileQuery(query, "eql", { eventCategoryField: "event_type" }).select(events);
    return JSON.stringify(Array.from(selected, (event) => event[id])) !== JSON.stringify(expected);
  });
  assert.deepEqual(failed, []);
}

describe("EQL, as Elasticsearch's own tests have it", () => {
  before(function () {
    needConformanceData(this);
  });

  it("answers the 147 event queries", () => {
    runAll("eql/es_cases.json", "eql/test_data.json", "serial_event_id", 147, /^$/);
  });

  it("answers the 16 queries on fields of several values", () => {
    runAll("eql/multivalue_cases.json", "eql/multivalue_data.json", "_id", 16, /^$/);
  });

  it("answers the queries on optional fields, but for those that need a mapping's null_value", () => {
    runAll("eql/es_optional_cases.json", "eql/extra_data.json", "sequence", 4, /Default/);
  });
});
