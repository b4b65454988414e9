import * as v from "valibot";

import { issueText } from "../toml/issue.js";
import { parseToml, TomlSyntaxError } from "../toml/parse.js";
import { keyPositions, type KeyPath } from "../toml/positions.js";
import { stringOffset } from "../toml/string_offset.js";
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
  const content = checkContent(tomlIn(toml, path), toml, path);
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
        message: `example[${index}].${error.key} ${error.message}`,
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
  const { path } = rule;
  const key = keyPositions(toml)(["rule", "query"]);
  if (key === undefined) return { path, message, excerpt, rule };
  const at = stringOffset(toml, key, rule.query, error.offset);
  if (at !== undefined) {
    const { line, column } = positionAt(toml, at);
    return { path, line, column, message, excerpt, rule };
  }
  const inQuery = `in line ${error.line}, column ${error.column} of the query: ${message}`;
  return { path, ...key, message: inQuery, excerpt, rule };
}

function tomlIn(text: string, path: string): unknown {
  try {
    return parseToml(text);
  } catch (error) {
    if (!(error instanceof TomlSyntaxError)) throw error;
    throw new RuleFileError([{ path, ...error.position, message: error.message }]);
  }
}

function checkContent(value: unknown, toml: string, path: string): RuleFileContent {
  const checked = v.safeParse(ruleFileSchema, value);
  if (checked.success) return checked.output;
  const positions = keyPositions(toml);
  const problems = checked.issues.map((issue): RuleProblem => {
    const keys = issue.path?.map(({ key }) => key as string | number) ?? [];
    return { path, ...positions(keys), message: issueText(issue, keys, knownKeys) };
  });
  problems.sort((left, right) => (left.line ?? 0) - (right.line ?? 0));
  throw new RuleFileError(problems);
}

/** Where an unknown key is a mistake: in our own tables. */
function knownKeys([table]: KeyPath): readonly string[] {
  return OWN_KEYS[String(table)] ?? [];
}

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
