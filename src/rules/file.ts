import * as v from "valibot";

import { isJsonObject } from "../json.js";
import { issueText } from "../toml/issue.js";
import { nearestName } from "../toml/nearest.js";
import { parseToml, TomlSyntaxError } from "../toml/parse.js";
import { keyPositions, type KeyPath } from "../toml/positions.js";
import { stringOffset } from "../toml/string_offset.js";
import { excerptOf, positionAt, type QueryError } from "./error.js";
import { ExampleError, toExample } from "./example.js";
import { type PartOfRule, RuleFileError, type RuleProblem } from "./problem.js";
import type { Example, Rule } from "./rule.js";
import { OWN_KEYS, OWN_TABLES, type RuleFileContent, ruleFileSchema } from "./schema.js";

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
  const value = tomlIn(toml, path);
  const rule = whatItIs(value);
  const content = checkContent(value, rule, toml, path);
  const positions = keyPositions(toml);
  const problems: RuleProblem[] = [];
  const { type, query } = content.rule;
  if (query === undefined && QUERY_TYPES.has(type)) {
    problems.push({
      path,
      rule,
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
        rule,
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
    const { position, message } = error;
    throw new RuleFileError([{ path, ...position, message, excerpt: excerptOf(text, position) }]);
  }
}

/** What can be said of the rule of a file that may be wrong. */
function whatItIs(value: unknown): PartOfRule {
  const { rule, wallwatch } = isJsonObject(value) ? value : {};
  if (!isJsonObject(rule)) return {};
  const { rule_id: id, name, version = isJsonObject(wallwatch) ? wallwatch["version"] : undefined } = rule;
  return {
    ...(typeof id === "string" ? { id } : {}),
    ...(typeof name === "string" ? { name } : {}),
    ...(typeof version === "number" ? { version } : {}),
  };
}

function checkContent(value: unknown, rule: PartOfRule, toml: string, path: string): RuleFileContent {
  const checked = v.safeParse(ruleFileSchema, value);
  const positions = keyPositions(toml);
  const problems = mistypedTables(value).map(([name, meant]): RuleProblem => {
    return { path, rule, ...positions([name]), message: `there is no table ${name}; did you mean ${meant}?` };
  });
  if (checked.success && problems.length === 0) return checked.output;
  for (const issue of checked.issues ?? []) {
    const keys = issue.path?.map(({ key }) => key as string | number) ?? [];
    problems.push({ path, rule, ...positions(keys), message: issueText(issue, keys, knownKeys) });
  }
  problems.sort((left, right) => (left.line ?? 0) - (right.line ?? 0));
  throw new RuleFileError(problems);
}

/** Tables by nearly the name of one of ours, which would be passed over in silence; Elastic has tables of other names. */
function mistypedTables(value: unknown): [name: string, meant: string][] {
  if (!isJsonObject(value)) return [];
  return Object.keys(value).flatMap((name): [string, string][] => {
    const meant = nearestName(name, OWN_TABLES);
    return meant === undefined || meant === name ? [] : [[name, meant]];
  });
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
