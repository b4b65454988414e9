import { isFulfilled, simplify, type Formula } from "../rules/formula.js";
import type { Query } from "../rules/query.js";

const NONE: readonly string[] = [];

/** Made once per query, at its first event that is not whole: somebody may send many. */
const formulas = new WeakMap<object, unknown>();

/**
 * On what it hangs whether an event matches that lacks a part of these fields: those that the query reads. None where the
 * event cannot match, whatever they hold.
 *
 * @param incomplete fields of which not all is known
 */
export function undecidedFields<E>(query: Query<E>, event: E, incomplete: readonly string[]): readonly string[] {
  const asked = incomplete.filter((field) => query.fields.includes(field));
  if (asked.length === 0) return NONE;
  const left = simplify(formulaOf(query), (condition) =>
    asked.includes(condition.field) ? undefined : isFulfilled(condition, condition.values(event)),
  );
  return left.kind === "constant" && !left.value ? NONE : asked;
}

function formulaOf<E>(query: Query<E>): Formula<E> {
  const known = formulas.get(query) as Formula<E> | undefined;
  if (known !== undefined) return known;
  const formula = query.formula();
  formulas.set(query, formula);
  return formula;
}
