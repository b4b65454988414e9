import * as v from "valibot";

const text = v.pipe(v.string(), v.nonEmpty("must not be empty"));
const texts = v.array(v.string());
const count = v.pipe(v.number(), v.integer("must be a whole number"), v.minValue(1, "must be 1 or more"));

const threatReference = { id: text, name: text, reference: v.optional(v.string()) };

const threat = v.looseObject({
  framework: text,
  tactic: v.looseObject(threatReference),
  technique: v.optional(
    v.array(
      v.looseObject({ ...threatReference, subtechnique: v.optional(v.array(v.looseObject(threatReference)), []) }),
    ),
    [],
  ),
});

/** Elastic's keys. Those not named here are for a server's schedule and its pages, and are let be. */
const rule = v.looseObject({
  rule_id: text,
  name: text,
  version: v.optional(count),
  description: text,
  author: v.optional(texts, []),
  license: v.optional(v.string()),
  references: v.optional(texts, []),
  false_positives: v.optional(texts, []),
  severity: v.picklist(["low", "medium", "high", "critical"]),
  risk_score: v.pipe(v.number(), v.minValue(0, "must be 0 or more"), v.maxValue(100, "must be 100 or less")),
  tags: v.optional(texts, []),
  threat: v.optional(v.array(threat), []),
  type: text,
  language: v.optional(text),
  query: v.optional(text),
  event_category_override: v.optional(text),
  filters: v.optional(v.array(v.unknown()), []),
  exceptions_list: v.optional(v.array(v.unknown()), []),
  enabled: v.optional(v.boolean()),
  max_signals: v.optional(count, 100),
  building_block_type: v.optional(v.string()),
  note: v.optional(v.string()),
});

/** Our own keys. Here a name that is not known is an error: it would be a typing mistake. */
const wallwatch = v.strictObject({
  /** The rule's version, where `rule.version` does not say. */
  version: v.optional(count),
  enabled: v.optional(v.boolean()),
});

const argv = v.pipe(v.array(v.string()), v.minLength(1, "must name at least the program"));

const example = v.strictObject({
  name: text,
  match: v.boolean(),
  /** The event as a table or as JSON text. Together with `exec` it says what differs from that. */
  event: v.optional(v.union([v.record(v.string(), v.unknown()), v.string()], "must be a table or a string of JSON")),
  /** The argument list of a program that starts: the event that a Linux host would give. */
  exec: v.optional(argv),
  /** The argument list of its parent. */
  parent: v.optional(argv),
});

/** A rule file: Elastic's layout (`metadata`, `rule` and whatever else), and our own `wallwatch` and `example`. */
export const ruleFileSchema = v.looseObject({
  metadata: v.optional(v.looseObject({ maturity: v.optional(v.string()) }), {}),
  rule,
  wallwatch: v.optional(wallwatch, {}),
  example: v.optional(v.array(example, "must be a list of tables: write [[example]]"), []),
});

export type RuleFileContent = v.InferOutput<typeof ruleFileSchema>;
export type ExampleContent = v.InferOutput<typeof example>;

/** The names of our own tables. */
export const OWN_TABLES: readonly string[] = ["wallwatch", "example"];

/** The names that may stand in our own tables, for a hint at a mistyped one. */
export const OWN_KEYS: Readonly<Record<string, readonly string[]>> = {
  wallwatch: Object.keys(wallwatch.entries),
  example: Object.keys(example.entries),
};
