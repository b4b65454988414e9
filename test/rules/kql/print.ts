import type { WildcardTokens } from "../../../src/rules/automaton/wildcard.js";
import type { KqlNode, Literal } from "../../../src/rules/kql/tree.js";

/** Writes a tree as KQL, for the property that parsing gives it back. */
export function printKql(node: KqlNode): string {
  switch (node.kind) {
    case "everything":
      return "*";
    case "and":
    case "or":
      return node.operands.map((operand) => `(${printKql(operand)})`).join(` ${node.kind} `);
    case "not":
      return `not (${printKql(node.operand)})`;
    case "is":
      return `${printLiteral(node.field)}: ${printLiteral(node.value)}`;
    case "exists":
      return `${printLiteral(node.field)}:*`;
    case "range":
      return `${printLiteral(node.field)} ${node.operator} ${printLiteral(node.bound)}`;
    case "nested":
      return `${printLiteral(node.field)}:{ ${printKql(node.query)} }`;
  }
}

function printLiteral({ text, pattern }: Literal): string {
  return pattern === undefined ? `"${text.replace(/[\\"]/g, "\\$&")}"` : printPattern(pattern);
}

/** Outside quotes every space is written as \u, since those at either end do not belong to a value. */
function printPattern(tokens: WildcardTokens): string {
  const pieces = tokens.map((token) =>
    typeof token !== "string"
      ? "*"
      : token
          .replace(/[\\():<>"*{}]/g, "\\$&")
          .replace(/[ \t\r\n\u00a0]/g, (space) => `\\u${space.charCodeAt(0).toString(16).padStart(4, "0")}`),
  );
  return pieces.join("");
}

/** The tree without the places where its literals stand. */
export function withoutOffsets(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutOffsets);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, item]) => (key === "offset" ? [] : [[key, withoutOffsets(item)] as const])),
  );
}
