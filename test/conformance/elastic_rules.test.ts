import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";

import { documentResolver, type JsonDocument } from "../../src/rules/document.js";
import { compileEql } from "../../src/rules/eql/compile.js";
import { compileKql } from "../../src/rules/kql/compile.js";
import { documentFields } from "../../src/rules/kql/fields.js";
import { loadRules } from "../../src/rules/load.js";
import type { Query } from "../../src/rules/query.js";
import { type LiveRule, type RuleSet, statusOf } from "../../src/rules/ruleset.js";
import { CONFORMANCE, conformanceLines, needConformanceData } from "./data.js";

interface RuleCase {
  readonly rule_id: string;
  readonly mut: string;
  readonly event: JsonDocument;
  readonly expected: boolean;
}

describe("Elastic's rule files as published", () => {
  let set: RuleSet<JsonDocument>;
  before(async function () {
    needConformanceData(this);
    const folder = fileURLToPath(new URL("elastic-rules/", CONFORMANCE));
    set = await loadRules([folder], { resolve: documentResolver, kqlFields: documentFields });
  });

  it("load unmodified, all of them", () => {
    assert.deepEqual(set.problems, []);
    assert.equal(set.rules.length, 45);
    for (const { rule } of set.rules) {
      assert.ok(rule.name !== "" && rule.description !== "" && rule.threat.length > 0, rule.path);
      assert.deepEqual(rule.author, ["Elastic"]);
    }
  });

  it("are live on recorded events or unsupported with a reason", () => {
    const counts: Record<string, number> = {};
    for (const loaded of set.rules) {
      const { status, reason } = statusOf(loaded);
      counts[status] = (counts[status] ?? 0) + 1;
      assert.equal(reason === undefined, status === "live", loaded.rule.path);
    }
    assert.deepEqual(counts, { live: 34, unsupported: 11 });
  });

  it("give KQL's answer to every case built from them", () => {
    const cases = conformanceLines("kql/rule_cases.ndjson") as readonly RuleCase[];
    assert.equal(cases.length, 550);
    assert.deepEqual(wrongAnswers(cases), []);
  });

  it("match the same events where the index finds them", () => {
    const matching = (rules: readonly LiveRule<JsonDocument>[], event: JsonDocument): string[] =>
      rules.flatMap(({ rule, query }) => (query.matches(event) ? [rule.name] : []));
    const names = documentResolver("process.name");
    let matched = 0;
    for (const { event } of ["kql/rule_cases.ndjson", "eql/rule_cases.ndjson"].flatMap(
      conformanceLines,
    ) as readonly RuleCase[]) {
      const expected = matching(set.live, event);
      matched += expected.length;
      // Of an event with several names they are found in no order.
      const found = matching(set.candidatesOf(names?.(event), event), event);
      assert.deepEqual(found.sort(), expected.sort(), JSON.stringify(event));
    }
    assert.ok(matched > 500, `${matched} matches`);
  });

  /** The language decides how a query is compiled; what else a rule of its type asks for is no part of these cases. */
  function wrongAnswers(cases: readonly RuleCase[]): string[] {
    const queries = new Map<string, Query<JsonDocument>>();
    for (const { rule } of set.rules) {
      if (rule.language === "kuery") {
        queries.set(rule.id, compileKql(rule.query, documentResolver, { kqlFields: documentFields }));
      } else if (rule.language === "eql" && !rule.query.startsWith("sequence")) {
        queries.set(rule.id, compileEql(rule.query, documentResolver));
      }
    }
    return cases.flatMap(({ rule_id: id, mut, event, expected }) =>
      queries.get(id)?.matches(event) === expected
        ? []
        : [`${id}, ${mut}: expected ${expected} of ${JSON.stringify(event)}`],
    );
  }
});
