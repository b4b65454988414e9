import type { KqlNode } from "./tree.js";

const EVERYTHING: KqlNode = { kind: "everything" };
const NOTHING: KqlNode = { kind: "not", operand: EVERYTHING };

/**
 * A query that reads only some fields and matches wherever the whole one does: what is asked of other fields counts as
 * fulfilled, or below a `not` as not fulfilled.
 *
 * @returns undefined where nothing is left of it, so that it would match every event
 */
export function necessaryQuery(node: KqlNode, fields: ReadonlySet<string>): KqlNode | undefined {
  const relaxed = relax(node, fields, true);
  return relaxed === EVERYTHING ? undefined : relaxed;
}

/** @param bound true for a query that matches at least where `node` does, false for one that matches at most there */
function relax(node: KqlNode, fields: ReadonlySet<string>, bound: boolean): KqlNode {
  switch (node.kind) {
    case "everything":
      return EVERYTHING;
    case "is":
    case "range":
      return node.field.pattern === undefined && fields.has(node.field.text) ? node : constant(bound);
    // What lies below a field is not among its values.
    case "exists":
    case "nested":
      return constant(bound);
    case "not": {
      const operand = relax(node.operand, fields, !bound);
      if (operand === EVERYTHING) return NOTHING;
      return operand === NOTHING ? EVERYTHING : { kind: "not", operand };
    }
    case "and":
    case "or":
      return joined(
        node.kind,
        node.operands.map((operand) => relax(operand, fields, bound)),
      );
  }
}

function joined(kind: "and" | "or", all: readonly KqlNode[]): KqlNode {
  // What matches everything or nothing either decides, or says nothing.
  const deciding = constant(kind === "or");
  if (all.includes(deciding)) return deciding;
  const operands = all.filter((operand) => operand !== EVERYTHING && operand !== NOTHING);
  const [first] = operands;
  if (first === undefined) return constant(kind !== "or");
  return operands.length === 1 ? first : { kind, operands };
}

function constant(value: boolean): KqlNode {
  return value ? EVERYTHING : NOTHING;
}
