import { EXEC_FIELDS } from "../ecs/fields.js";
import { healthFields } from "./health_fields.js";

/** A field type of Elasticsearch and OpenSearch. */
export type FieldType = "keyword" | "long" | "double" | "float" | "boolean" | "date" | "ip" | "text" | "wildcard";

/**
 * UTF-16 code units of a keyword that are indexed. Lucene refuses a whole document for one term longer than 32,766 bytes, and four bytes
 * of UTF-8 is the most: so no argument, however long, keeps its alert out of the SIEM. What is longer is in the document all the same.
 */
const KEYWORD_LIMIT = 8191;

/** Those of an exec's fields that are no keywords; docs/fields.md has them all. */
const TYPES: readonly (readonly [pattern: RegExp, type: FieldType])[] = [
  [/^@timestamp$|^event\.(?:created|start|end)$|(?:^|\.)start$/, "date"],
  [/(?:^|\.)ip$/, "ip"],
  [
    /\.(?:pid|vpid|args_count|major|minor|args_size)$|^wallwatch\.login\.session$|^wallwatch\.process\.namespace\./,
    "long",
  ],
  [/(?:_whole|_deleted|\.interactive|\.same_as_process|\.traced|_invalid_utf8|\.compat_32bit)$/, "boolean"],
  [/_ms$/, "double"],
  [/\.command_line$/, "wildcard"],
];

/** What an alert and a health document have beside the fields of an exec and what is below `wallwatch` in the latter. */
const FURTHER: Readonly<Record<string, FieldType>> = {
  message: "text",
  tags: "keyword",
  "log.level": "keyword",
  "event.id": "keyword",
  "event.kind": "keyword",
  "event.category": "keyword",
  "event.type": "keyword",
  "event.action": "keyword",
  "event.outcome": "keyword",
  "event.module": "keyword",
  "event.dataset": "keyword",
  "event.provider": "keyword",
  "event.start": "date",
  "event.end": "date",
  "event.severity": "long",
  "event.risk_score": "float",
  "agent.type": "keyword",
  "agent.version": "keyword",
  "agent.id": "keyword",
  "agent.ephemeral_id": "keyword",
  "agent.name": "keyword",
  "rule.id": "keyword",
  "rule.name": "keyword",
  "rule.version": "keyword",
  "rule.description": "keyword",
  "rule.author": "keyword",
  "rule.license": "keyword",
  "rule.reference": "keyword",
  "rule.ruleset": "keyword",
  "threat.framework": "keyword",
  ...Object.fromEntries(
    ["tactic", "technique", "technique.subtechnique"].flatMap((kind) =>
      ["id", "name", "reference"].map((key): [string, FieldType] => [`threat.${kind}.${key}`, "keyword"]),
    ),
  ),
  "wallwatch.alert.id": "keyword",
  "wallwatch.alert.undecided": "boolean",
  "wallwatch.alert.undecided_fields": "keyword",
  "wallwatch.alert.test": "boolean",
  "wallwatch.incident.id": "keyword",
  "wallwatch.rule.severity": "keyword",
  "wallwatch.rule.tags": "keyword",
  "wallwatch.rule.type": "keyword",
  "wallwatch.redacted": "keyword",
  "wallwatch.cut": "keyword",
};

export interface Mapping {
  readonly [key: string]: unknown;
}

/**
 * The mapping of both data streams: every field that our documents have, by its type in ECS; of what is not known, strings are
 * keywords and numbers, booleans and objects what they look like.
 *
 * @param hasWildcard whether the server has the type wildcard; else keyword stands in its place
 */
export function ecsMapping(hasWildcard: boolean): Mapping {
  const properties: Mapping = {};
  const types: Readonly<Record<string, FieldType>> = {
    ...Object.fromEntries(Array.from(EXEC_FIELDS.keys(), (name) => [name, typeOf(name)])),
    ...healthFields(typeOf),
    ...FURTHER,
  };
  for (const [name, type] of Object.entries(types).sort(([left], [right]) => (left < right ? -1 : 1))) {
    put(properties, name.split("."), fieldMapping(name, type, hasWildcard));
  }
  return {
    date_detection: false,
    dynamic_templates: [
      { labels: { path_match: "labels.*", match_mapping_type: "string", mapping: keyword() } },
      { strings: { match_mapping_type: "string", mapping: keyword() } },
    ],
    properties,
  };
}

function typeOf(name: string): FieldType {
  return TYPES.find(([pattern]) => pattern.test(name))?.[1] ?? "keyword";
}

function fieldMapping(name: string, type: FieldType, hasWildcard: boolean): Mapping {
  // A data stream wants its timestamp whole, whatever the index does with what is malformed.
  if (name === "@timestamp") return { type, ignore_malformed: false };
  if (type === "keyword" || (type === "wildcard" && !hasWildcard)) return keyword();
  return { type };
}

function keyword(): Mapping {
  return { type: "keyword", ignore_above: KEYWORD_LIMIT };
}

function put(properties: Mapping, path: readonly string[], mapping: Mapping): void {
  const [key = "", ...rest] = path;
  const target = properties as Record<string, Mapping | undefined>;
  if (rest.length === 0) {
    target[key] = { ...mapping, ...target[key] };
    return;
  }
  const inner = (target[key] ??= {}) as Record<string, Mapping | undefined>;
  put((inner["properties"] ??= {}), rest, mapping);
}
