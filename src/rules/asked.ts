import type { Values } from "./field.js";
import { conditionsOf, isFulfilled, simplify, type Formula } from "./formula.js";

/**
 * The fields that decide about events of which some fields have the same values always. What a query asks of other events
 * only does not count: where `host.os.type` is "linux", `host.os.type == "windows" and file.pe.company == "x"` is false
 * whatever `file.pe.company` is.
 *
 * @param always the values of those fields
 * @returns undefined where that can't be said: no such event matches, or a condition is on several fields at once
 */
export function fieldsAsked<E>(
  formula: Formula<E>,
  always: ReadonlyMap<string, Values>,
): ReadonlySet<string> | undefined {
  const left = simplify(formula, (condition) =>
    always.has(condition.field) ? isFulfilled(condition, always.get(condition.field)) : undefined,
  );
  if ((left.kind === "constant" && !left.value) || hasOther(left)) return undefined;
  return new Set(conditionsOf(left).map(({ field }) => field));
}

function hasOther<E>(formula: Formula<E>): boolean {
  switch (formula.kind) {
    case "constant":
    case "exists":
    case "test":
      return false;
    case "other":
      return true;
    case "not":
      return hasOther(formula.item);
    case "and":
    case "or":
      return formula.items.some(hasOther);
  }
}
