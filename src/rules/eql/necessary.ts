import type { Condition } from "./condition.js";

/**
 * A condition that reads only some fields and holds wherever the whole one does: what is asked of other fields counts as
 * fulfilled, or below a `not` as not fulfilled.
 *
 * @returns undefined where nothing is left of it, so that it would hold for every event
 */
export function necessaryCondition(condition: Condition, fields: ReadonlySet<string>): Condition | undefined {
  const relaxed = relax(condition, fields, true);
  return relaxed.kind === "constant" && relaxed.value ? undefined : relaxed;
}

/** @param bound true for a condition that holds at least where `condition` does, false for one that holds at most there */
function relax(condition: Condition, fields: ReadonlySet<string>, bound: boolean): Condition {
  switch (condition.kind) {
    case "constant":
      return condition;
    case "exists":
    case "test":
      return fields.has(condition.field.name) ? condition : { kind: "constant", value: bound };
    case "script":
      return { kind: "constant", value: bound };
    case "not": {
      const item = relax(condition.item, fields, !bound);
      return item.kind === "constant" ? { kind: "constant", value: !item.value } : { kind: "not", item };
    }
    case "and":
    case "or":
      return joined(
        condition.kind,
        condition.items.map((item) => relax(item, fields, bound)),
      );
  }
}

function joined(kind: "and" | "or", all: readonly Condition[]): Condition {
  // A constant either decides, or says nothing.
  const deciding = kind === "or";
  if (all.some((item) => item.kind === "constant" && item.value === deciding)) {
    return { kind: "constant", value: deciding };
  }
  const items = all.filter((item) => item.kind !== "constant");
  const [first] = items;
  if (first === undefined) return { kind: "constant", value: !deciding };
  return items.length === 1 ? first : { kind, items };
}
