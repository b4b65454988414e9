import type { Expression, Field } from "./tree.js";

/** The operands of an expression, in the order written. */
export function operandsOf(expression: Expression): readonly Expression[] {
  switch (expression.kind) {
    case "literal":
    case "field":
      return [];
    case "call":
      return expression.args;
    case "negate":
    case "not":
      return [expression.operand];
    case "arithmetic":
    case "comparison":
      return [expression.left, expression.right];
    case "membership":
      return [expression.operand, ...expression.values];
    case "matching":
      return [expression.operand, ...expression.patterns];
    case "and":
    case "or":
      return expression.operands;
  }
}

/** Every occurrence of a field, in the order written. */
export function fieldsOf(expression: Expression): readonly Field[] {
  return expression.kind === "field" ? [expression] : operandsOf(expression).flatMap(fieldsOf);
}

/** Whether it names no field, and so has the same value for every event. */
export function isConstant(expression: Expression): boolean {
  return expression.kind !== "field" && operandsOf(expression).every(isConstant);
}

/** Whether some number in it is written with a point or an exponent, so that a quotient is not truncated. */
export function isDecimal(expression: Expression): boolean {
  switch (expression.kind) {
    case "literal":
      return expression.decimal;
    case "negate":
      return isDecimal(expression.operand);
    case "arithmetic":
      return isDecimal(expression.left) || isDecimal(expression.right);
    case "call":
      return expression.args.some(isDecimal);
    default:
      return false;
  }
}
