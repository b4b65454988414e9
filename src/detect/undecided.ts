import type { Matcher } from "../rules/automaton/matcher.js";
import { wildcardMatcher } from "../rules/automaton/wildcard.js";
import { wildcardTokens } from "../rules/eql/value_test.js";
import { isFulfilled, simplify, type Formula } from "../rules/formula.js";
import type { Query } from "../rules/query.js";

const NONE: readonly string[] = [];

/** Made once per query, at its first event that is not whole: somebody may send many. */
const formulas = new WeakMap<object, unknown>();
/** By KQL's patterns of field names: no more than rules have. */
const patterns = new Map<string, Matcher>();

/**
 * On what it hangs whether an event matches that lacks a part of these fields: those that the query reads. None where the
 * event cannot match, whatever they hold.
 *
 * @param incomplete fields of which not all is known
 */
export function undecidedFields<E>(query: Query<E>, event: E, incomplete: readonly string[]): readonly string[] {
  const asked = incomplete.filter((field) => query.fields.some((name) => reads(name, field)));
  if (asked.length === 0) return NONE;
  const left = simplify(formulaOf(query), (condition) =>
    asked.some((field) => reads(condition.field, field)) ? undefined : isFulfilled(condition, condition.values(event)),
  );
  return left.kind === "constant" && !left.value ? NONE : asked;
}

/** Whether the field is read by this name, which may be a pattern: `process.a*` reads `process.args`. */
function reads(name: string, field: string): boolean {
  if (!name.includes("*")) return name === field;
  let matches = patterns.get(name);
  if (matches === undefined) {
    matches = wildcardMatcher(wildcardTokens(name), false);
    patterns.set(name, matches);
  }
  return matches(field);
}

function formulaOf<E>(query: Query<E>): Formula<E> {
  const known = formulas.get(query) as Formula<E> | undefined;
  if (known !== undefined) return known;
  const formula = query.formula();
  formulas.set(query, formula);
  return formula;
}
