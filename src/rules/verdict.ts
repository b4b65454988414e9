import { fieldsAsked } from "./asked.js";
import { compileEql } from "./eql/compile.js";
import { UnsupportedQuery } from "./error.js";
import { compileKql } from "./kql/compile.js";
import { DEFAULT_EVENT_CATEGORY_FIELD, type Query } from "./query.js";
import type { Rule } from "./rule.js";
import type { RuleTarget } from "./target.js";

/** What becomes of a rule on a target. */
export type Verdict<E> =
  | { readonly status: "live"; readonly query: Query<E> }
  /** It asks for what the target's events never have; a recorded event may. */
  | { readonly status: "replay-only"; readonly reason: string }
  | { readonly status: "unsupported"; readonly reason: string }
  /** With its query, if there is one that could be evaluated: its examples are tried all the same. */
  | { readonly status: "disabled"; readonly reason: string; readonly query: Query<E> | undefined };

/** What other types of rule need, and one event at a time cannot give. */
const OTHER_TYPES: Readonly<Record<string, string>> = {
  esql: "its language is ES|QL, which is not evaluated",
  machine_learning: "it reads the results of a machine learning job",
  new_terms: "it asks whether values are new over a history (new_terms)",
  saved_query: "its query is saved in a Kibana",
  threat_match: "it compares events with an index of indicators (threat_match)",
  threshold: "it counts events over a time (threshold)",
};

/**
 * Compiles a rule and says what becomes of it. A rule that is disabled is compiled all the same: its mistakes are told.
 *
 * @throws {QueryError} if its query is wrong
 */
export function judge<E>(rule: Rule, target: RuleTarget<E>): Verdict<E> {
  const verdict = evaluable(rule, target);
  if (rule.disabledReason === undefined) return verdict;
  return { status: "disabled", reason: rule.disabledReason, query: queryOf(verdict) };
}

/** The rule's query where it can be evaluated on the target, whether it is or not. */
export function queryOf<E>(verdict: Verdict<E>): Query<E> | undefined {
  return verdict.status === "live" || verdict.status === "disabled" ? verdict.query : undefined;
}

function evaluable<E>(rule: Rule, target: RuleTarget<E>): Verdict<E> {
  const other = otherReason(rule);
  if (other !== undefined) return { status: "unsupported", reason: other };
  const plainFields = new Set<string>();
  let query: Query<E>;
  try {
    query = compile(rule, target, plainFields);
  } catch (error) {
    if (!(error instanceof UnsupportedQuery)) throw error;
    return {
      status: "unsupported",
      reason: `line ${error.line}, column ${error.column} of its query: ${error.reason}`,
    };
  }
  const [pipe] = query.pipes;
  if (pipe !== undefined) {
    return { status: "unsupported", reason: `"| ${pipe.kind}" chooses among the results of a search` };
  }
  const reason = missingReason(rule, query, target, plainFields);
  return reason === undefined ? { status: "live", query } : { status: "replay-only", reason };
}

function otherReason({ type, language, conditionsElsewhere }: Rule): string | undefined {
  if (type !== "eql" && type !== "query") return OTHER_TYPES[type] ?? `its type "${type}" is not known`;
  const expected = type === "eql" ? "eql" : "kuery";
  if (language !== undefined && language !== expected) return `its language is "${language}", which is not evaluated`;
  if (conditionsElsewhere.length > 0) {
    return `part of what it matches stands outside its query, in ${conditionsElsewhere.join(" and ")}`;
  }
  return undefined;
}

/** @param plainFields gets the fields that the query does not mark as optional */
function compile<E>(
  { type, query, eventCategoryField }: Rule,
  target: RuleTarget<E>,
  plainFields: Set<string>,
): Query<E> {
  const options = {
    ...(eventCategoryField === undefined ? {} : { eventCategoryField }),
    isKnownField: (field: string) => {
      plainFields.add(field);
      return true;
    },
  };
  if (type === "eql") return compileEql(query, target.resolve, options);
  const { kqlFields } = target;
  return compileKql(query, target.resolve, { ...options, ...(kqlFields === undefined ? {} : { kqlFields }) });
}

/** What the rule asks for that the target's events never have. */
function missingReason<E>(
  rule: Rule,
  query: Query<E>,
  target: RuleTarget<E>,
  plainFields: ReadonlySet<string>,
): string | undefined {
  const categoryField = rule.eventCategoryField ?? DEFAULT_EVENT_CATEGORY_FIELD;
  for (const [field, supplied] of target.onlyValues ?? []) {
    const required =
      field === categoryField && query.eventCategory !== undefined
        ? [query.eventCategory]
        : query.requiredValues(field)?.values;
    if (required === undefined || required.length === 0 || required.some((value) => hasAnyCase(supplied, value)))
      continue;
    return `it asks for ${field} ${required.map(quote).join(" or ")}; events of this host have ${supplied.map(quote).join(", ")}`;
  }
  const unknown = query.unknownFields.filter((field) => plainFields.has(field));
  if (unknown.length === 0) return undefined;
  const asked = fieldsAsked(query.formula(), target.onlyValues ?? new Map());
  const missing = asked === undefined ? unknown : unknown.filter((field) => asked.has(field));
  return missing.length > 0 ? `it asks for what events of this host do not have: ${missing.join(", ")}` : undefined;
}

function hasAnyCase(values: readonly string[], value: string): boolean {
  return values.some((other) => other.toLowerCase() === value.toLowerCase());
}

function quote(text: string): string {
  return JSON.stringify(text);
}
