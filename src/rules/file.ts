import { parse, TomlError } from "smol-toml";
import * as v from "valibot";

import { nearestName } from "../config/nearest.js";
import { keyPositions, type KeyPath } from "../config/positions.js";
import { stringOffset } from "../config/string_offset.js";
import { positionAt, type QueryError } from "./error.js";
import { ExampleError, toExample } from "./example.js";
import { RuleFileError, type RuleProblem } from "./problem.js";
import type { Example, Rule } from "./rule.js";
import { OWN_KEYS, type RuleFileContent, ruleFileSchema } from "./schema.js";

/** A rule and the text that it was read from. */
export interface RuleFile {
  readonly rule: Rule;
  readonly toml: string;
}

/**
 * Reads a rule file: TOML in the layout of Elastic's detection rules.
 *
 * @param path its name, for errors and for `Rule.path`
 * @throws {RuleFileError} naming everything that is wrong, each with its line
 */
export function parseRuleFile(toml: string, path: string): RuleFile {
  const content = checkContent(parseToml(toml, path), toml, path);
  const positions = keyPositions(toml);
  const problems: RuleProblem[] = [];
  const { type, query } = content.rule;
  if (query === undefined && QUERY_TYPES.has(type)) {
    problems.push({
      path,
      ...positions(["rule", "query"]),
      message: `rule.query is missing, which type "${type}" needs`,
    });
  }
  const examples: Example[] = [];
  for (const [index, example] of content.example.entries()) {
    try {
      examples.push(toExample(example));
    } catch (error) {
      if (!(error instanceof ExampleError)) throw error;
      problems.push({
        path,
        ...positions(["example", index, error.key]),
        message: `example.${error.key} ${error.message}`,
      });
    }
  }
  if (problems.length > 0) throw new RuleFileError(problems);
  return { rule: toRule(content, examples, path), toml };
}

/** The types whose query is evaluated here. */
const QUERY_TYPES: ReadonlySet<string> = new Set(["eql", "query"]);

/** An error in a rule's query as a problem of the file, at its place in the file. */
export function queryProblem({ toml, rule }: RuleFile, error: QueryError): RuleProblem {
  const { reason: message, excerpt } = error;
  const key = keyPositions(toml)(["rule", "query"]);
  if (key === undefined) return { path: rule.path, message, excerpt };
  const at = stringOffset(toml, key, rule.query, error.offset);
  if (at !== undefined) {
    const { line, column } = positionAt(toml, at);
    return { path: rule.path, line, column, message, excerpt };
  }
  const inQuery = `in line ${error.line}, column ${error.column} of the query: ${message}`;
  return { path: rule.path, ...key, message: inQuery, excerpt };
}

function parseToml(toml: string, path: string): unknown {
  // What stands in place of bytes that are no text: a query with such a value would silently match nothing.
  const damaged = toml.indexOf("\uFFFD");
  if (damaged >= 0) {
    const { line, column } = positionAt(toml, damaged);
    throw new RuleFileError([{ path, line, column, message: "this is not UTF-8" }]);
  }
  try {
    return parse(toml);
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    // The message goes on with an excerpt of the file.
    const reason = error.message.split("\n")[0]?.replace("Invalid TOML document: ", "") ?? "";
    throw new RuleFileError([{ path, line: error.line, column: error.column, message: `this is not TOML: ${reason}` }]);
  }
}

function checkContent(value: unknown, toml: string, path: string): RuleFileContent {
  const checked = v.safeParse(ruleFileSchema, value);
  if (checked.success) return checked.output;
  const positions = keyPositions(toml);
  const problems = checked.issues.map((issue): RuleProblem => {
    const keys = issue.path?.map(({ key }) => key as string | number) ?? [];
    return { path, ...positions(keys), message: describe(issue, keys) };
  });
  problems.sort((left, right) => (left.line ?? 0) - (right.line ?? 0));
  throw new RuleFileError(problems);
}

function describe(issue: v.BaseIssue<unknown>, keys: KeyPath): string {
  const name = keys
    .map((key) => (typeof key === "number" ? `[${key}]` : `.${key}`))
    .join("")
    .slice(1);
  if (issue.type === "strict_object" && issue.expected === "never") {
    const known = OWN_KEYS[String(keys[0])] ?? [];
    const nearest = nearestName(String(keys.at(-1)), known);
    return `there is no key ${name}; ${nearest === undefined ? `known here: ${known.join(", ")}` : `did you mean ${nearest}?`}`;
  }
  if (issue.received === "undefined") return `${name} is missing`;
  if (!issue.message.startsWith("Invalid")) return `${name} ${issue.message}`;
  const expected = issue.expected?.replaceAll(" | ", ", ").replace(/^\((.*)\)$/, "one of $1") ?? "something else";
  return `${name} must be ${TYPE_NAMES[expected] ?? expected}, not ${TYPE_NAMES[issue.received] ?? issue.received}`;
}

const TYPE_NAMES: Readonly<Record<string, string>> = {
  string: "a string",
  number: "a number",
  boolean: "true or false",
  Array: "an array",
  Object: "a table",
};

function toRule({ rule, metadata, wallwatch }: RuleFileContent, examples: readonly Example[], path: string): Rule {
  const deprecated = metadata.maturity === "deprecated";
  const enabled = wallwatch.enabled ?? rule.enabled ?? !deprecated;
  return {
    id: rule.rule_id,
    name: rule.name,
    version: rule.version ?? wallwatch.version ?? 0,
    description: rule.description.trim(),
    author: rule.author,
    license: rule.license,
    references: rule.references,
    falsePositives: rule.false_positives,
    severity: rule.severity,
    riskScore: rule.risk_score,
    tags: rule.tags,
    threat: rule.threat,
    type: rule.type,
    language: rule.language,
    query: rule.query ?? "",
    eventCategoryField: rule.event_category_override,
    conditionsElsewhere: [
      ...(rule.filters.length > 0 ? ["filters"] : []),
      ...(rule.exceptions_list.length > 0 ? ["exceptions_list"] : []),
    ],
    enabled,
    disabledReason: enabled ? undefined : deprecated ? "its maturity is deprecated" : "enabled = false in its file",
    maxSignals: rule.max_signals,
    buildingBlock: rule.building_block_type !== undefined,
    note: rule.note,
    path,
    examples,
  };
}
