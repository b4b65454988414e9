import { isAddressField } from "../cidr.js";
import type { RequiredValues } from "../query.js";
import type { KqlNode, Literal } from "./tree.js";
import { toNumber } from "./value.js";

/** The values of `field` of which an event must have one to satisfy the query; undefined where that can't be said. */
export function requiredValues(node: KqlNode, field: string): RequiredValues | undefined {
  const values = required(node, field);
  return values === undefined ? undefined : { values: [...values], ignoreCase: false };
}

function required(node: KqlNode, field: string): ReadonlySet<string> | undefined {
  switch (node.kind) {
    case "is":
      return node.field.pattern === undefined &&
        node.field.text === field &&
        !isAddressField(field) &&
        isString(node.value)
        ? new Set([node.value.text])
        : undefined;
    case "or": {
      const union = new Set<string>();
      for (const operand of node.operands) {
        const values = required(operand, field);
        if (values === undefined) return undefined;
        for (const value of values) union.add(value);
      }
      return union;
    }
    case "and": {
      // Any of the operands' sets is necessary; of a field with several values no two need be met by the same one,
      // so the smallest is the best that can be said.
      let smallest: ReadonlySet<string> | undefined;
      for (const operand of node.operands) {
        const values = required(operand, field);
        if (values !== undefined && (smallest === undefined || values.size < smallest.size)) smallest = values;
      }
      return smallest;
    }
    default:
      return undefined;
  }
}

/** A literal that only a string equals: `1` and `true` would match a number and a boolean as well. */
function isString({ text, pattern }: Literal): boolean {
  return pattern === undefined && toNumber(text) === undefined && text !== "true" && text !== "false";
}
