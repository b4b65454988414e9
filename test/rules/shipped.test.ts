import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";

import { documentResolver, type JsonDocument } from "../../src/rules/document.js";
import { parseEql } from "../../src/rules/eql/parser.js";
import { documentFields } from "../../src/rules/kql/fields.js";
import { parseKql } from "../../src/rules/kql/parser.js";
import { loadRules } from "../../src/rules/load.js";
import type { Rule } from "../../src/rules/rule.js";
import { INDEXED_FIELD } from "../../src/rules/event_index.js";
import type { RuleSet } from "../../src/rules/ruleset.js";
import { SHIPPED_RULES } from "../../src/rules/shipped.js";
import { queryOf } from "../../src/rules/verdict.js";
import { withoutOffsets } from "./kql/print.js";

const EQL_RULE = "83e9c2b3-24ef-4c1d-a8cd-5ebafb5dfa2f";
const KQL_RULE = "125417b8-d3df-479f-8418-12d7e034fee3";
/** The pages of the two published rules, kept beside the repository. */
const PUBLISHED = new URL("../../../../shared/rules-as-published/", import.meta.url);

describe("the shipped rules", () => {
  let set: RuleSet<JsonDocument>;
  let rules: readonly Rule[];
  before(async () => {
    set = await loadRules([SHIPPED_RULES], { resolve: documentResolver, kqlFields: documentFields });
    rules = set.rules.map(({ rule }) => rule);
  });
  const ruleOf = (id: string): Rule => {
    const rule = rules.find((candidate) => candidate.id === id);
    assert.ok(rule !== undefined);
    return rule;
  };

  it("load, each under an id of its own", () => {
    assert.deepEqual(set.problems, []);
    assert.equal(new Set(rules.map(({ id }) => id)).size, rules.length);
    assert.ok(rules.length > 2);
  });

  it("have the numbers and names of the published rules", () => {
    for (const [id, version, severity, riskScore, enabled, type] of [
      [EQL_RULE, 111, "low", 21, true, "eql"],
      [KQL_RULE, 7, "medium", 47, false, "query"],
    ] as const) {
      const rule = ruleOf(id);
      assert.deepEqual(
        [rule.name, rule.version, rule.severity, rule.riskScore, rule.enabled, rule.type, rule.maxSignals],
        ["Attempt to Disable IPTables or Firewall", version, severity, riskScore, enabled, type, 100],
      );
      assert.deepEqual([rule.author, rule.license], [["Elastic"], "Elastic License v2"]);
      assert.deepEqual(
        rule.threat.map(({ framework, tactic, technique }) => [
          framework,
          tactic.id,
          technique.map(({ id, subtechnique }) => [id, ...subtechnique.map((sub) => sub.id)]),
        ]),
        [["MITRE ATT&CK", "TA0005", [["T1562", "T1562.001"]]]],
      );
    }
    assert.ok(ruleOf(EQL_RULE).tags.includes("Use Case: Threat Detection"));
    assert.deepEqual(ruleOf(KQL_RULE).tags, ["Elastic", "Host", "Linux", "Threat Detection", "Defense Evasion"]);
  });

  it("ask what the published rules ask, to the last operator", function () {
    if (!existsSync(PUBLISHED)) this.skip();
    const eql = readFileSync(new URL("eql-version-111.txt", PUBLISHED), "utf8");
    const publishedEql = /Rule query\r?\nedit(.*?)\r?\nFramework/s.exec(eql)?.[1] ?? "";
    assert.deepEqual(withoutOffsets(parseEql(ruleOf(EQL_RULE).query)), withoutOffsets(parseEql(publishedEql)));
    const kql = readFileSync(new URL("kql-version-7.md", PUBLISHED), "utf8");
    const publishedKql = /```js\r?\n(.*?)\r?\n```/s.exec(kql)?.[1] ?? "";
    assert.deepEqual(withoutOffsets(parseKql(ruleOf(KQL_RULE).query)), withoutOffsets(parseKql(publishedKql)));
  });

  it("of our own say whose they are and what they detect", () => {
    for (const rule of rules.filter(({ id }) => id !== EQL_RULE && id !== KQL_RULE)) {
      assert.deepEqual([rule.author, rule.license], [["wallwatch"], "Apache-2.0"], rule.path);
      assert.match(rule.id, /^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/);
      const techniques = rule.threat.flatMap(({ technique }) => technique.flatMap(({ subtechnique }) => subtechnique));
      assert.deepEqual(
        techniques.map(({ id }) => id),
        ["T1562.004"],
        rule.path,
      );
      assert.ok(rule.falsePositives.length > 0 && rule.note !== undefined, rule.path);
    }
  });

  it("have an example that matches and one that does not", () => {
    for (const { examples, path } of rules) {
      assert.ok(examples.some(({ match }) => match) && examples.some(({ match }) => !match), path);
      assert.equal(new Set(examples.map(({ name }) => name)).size, examples.length, path);
    }
  });

  it("require a program's name each, so that other execs cost nothing", () => {
    for (const { rule, verdict } of set.rules) {
      const names = queryOf(verdict)?.requiredValues(INDEXED_FIELD)?.values ?? [];
      assert.ok(names.length > 0, rule.path);
    }
  });

  it("do not tell of one act twice: version 111 has no example that an extended rule matches", () => {
    const extended = set.rules.filter(({ rule }) => rule.path.includes("extended"));
    assert.ok(extended.length > 0);
    for (const { event, name, match } of ruleOf(EQL_RULE).examples) {
      if (!match) continue;
      const others = extended.filter(({ verdict }) => queryOf(verdict)?.matches(event) === true);
      assert.deepEqual(
        others.map(({ rule }) => rule.name),
        [],
        name,
      );
    }
  });
});
