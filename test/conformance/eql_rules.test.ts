import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { parse } from "smol-toml";
import { compileQuery, type DocumentQuery, type JsonDocument, UnsupportedQuery } from "../../src/query.js";
import { compileEql } from "../../src/rules/eql/compile.js";
import { documentResolver } from "../../src/rules/document.js";
import { parseEql } from "../../src/rules/eql/parser.js";
import { CONFORMANCE, conformanceLines, needConformanceData } from "./data.js";

interface RuleCase {
  readonly rule_id: string;
  readonly event: JsonDocument;
  readonly expected: boolean;
}

interface EqlRule {
  readonly id: string;
  readonly query: string;
}

function ruleCases(): RuleCase[] {
  return conformanceLines("eql/rule_cases.ndjson") as RuleCase[];
}

function eqlRules(): EqlRule[] {
  const folder = new URL("elastic-rules/", CONFORMANCE);
  return readdirSync(folder).flatMap((name) => {
    const { rule } = parse(readFileSync(new URL(name, folder), "utf8"));
    const { language, rule_id: id, query } = rule as Record<string, unknown>;
    return language === "eql" && typeof id === "string" && typeof query === "string" ? [{ id, query }] : [];
  });
}

describe("Elastic's Linux rules in EQL", () => {
  before(function () {
    needConformanceData(this);
  });

  it("agree on all events that were made from their literals", () => {
    const rules = new Map<string, DocumentQuery>();
    const cases = ruleCases();
    const asked = new Set(cases.map(({ rule_id }) => rule_id));
    for (const { id, query } of eqlRules()) if (asked.has(id)) rules.set(id, compileQuery(query, "eql"));
    const failed = cases.filter(({ rule_id, event, expected }) => rules.get(rule_id)?.matches(event) !== expected);
    assert.equal(cases.length, 2396);
    assert.deepEqual(failed, []);
  });

  it("never match an event without the values that the index asks for", () => {
    const rules = new Map(
      eqlRules()
        .filter(({ query }) => parseEql(query).kind === "event")
        .map(({ id, query }) => [id, compileEql(query, documentResolver)]),
    );
    for (const { rule_id, event, expected } of ruleCases()) {
      const required = rules.get(rule_id)?.requiredValues("process.name");
      if (!expected || required === undefined) continue;
      const fold = (text: string): string => (required.ignoreCase ? text.toLowerCase() : text);
      const wanted = new Set(required.values.map(fold));
      const names = [documentResolver("process.name")?.(event)].flat();
      assert.ok(
        names.some((name) => typeof name === "string" && wanted.has(fold(name))),
        JSON.stringify(event),
      );
    }
  });

  it("are read whole where they are sequences, and reported at their first word", () => {
    const sequences = eqlRules().filter(({ query }) => query.trimStart().startsWith("sequence"));
    assert.ok(sequences.length >= 6);
    for (const { query } of sequences) {
      assert.equal(parseEql(query).kind, "sequence");
      assert.throws(
        () => compileQuery(query, "eql"),
        (error) => error instanceof UnsupportedQuery && error.offset === query.indexOf("sequence"),
      );
    }
  });
});
