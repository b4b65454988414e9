import type { Scalar } from "../field.js";
import type { ArithmeticOperator, ComparisonOperator, Value } from "./tree.js";

/*
 * Elasticsearch knows a field's type from its mapping, and indexes what a document has as that type: `"80"` in a field
 * of numbers is 80, `0` in a field of keywords is "0". Here the type is that of what the field is compared with.
 */

/** What an expression gives: "any" of a field, whose type shows only in the event. */
export type Type = "string" | "number" | "boolean" | "null" | "any";

const DECIMAL = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;

export function toText(value: Scalar): string {
  return typeof value === "string" ? value : String(value);
}

/** A number, also one that is written in a string, or null. */
export function toNumber(value: Scalar): number | null {
  if (typeof value === "number") return value;
  return typeof value === "string" && DECIMAL.test(value) ? Number(value) : null;
}

/** A boolean, also as a string in which Elasticsearch takes one, or null. The empty string is false there. */
export function toBoolean(value: Scalar): boolean | null {
  if (typeof value === "boolean") return value;
  return value === "true" ? true : value === "false" || value === "" ? false : null;
}

/** A value as one of the type that is wanted, or null if it can't be. */
export function coerce(value: Value, type: Type): Value {
  if (value === null) return null;
  if (type === "string") return toText(value);
  if (type === "number") return toNumber(value);
  return type === "boolean" ? toBoolean(value) : value;
}

/** A comparison; null if either side is, or if values of different types are to be ordered. */
export function compare(operator: ComparisonOperator, left: Value, right: Value): boolean | null {
  if (left === null || right === null) return null;
  if (operator === "==") return left === right;
  if (operator === "!=") return left !== right;
  if (typeof left !== typeof right) return null;
  switch (operator) {
    case "<":
      return left < right;
    case "<=":
      return left <= right;
    case ">":
      return left > right;
    case ">=":
      return left >= right;
  }
}

/**
 * Arithmetic; null where there is no result.
 *
 * @param decimal one side was written as a decimal number, so a quotient is not truncated
 */
export function calculate(operator: ArithmeticOperator, left: Value, right: Value, decimal: boolean): number | null {
  if (typeof left !== "number" || typeof right !== "number") return null;
  const result = operate(operator, left, right);
  if (!Number.isFinite(result)) return null;
  const whole = !decimal && Number.isInteger(left) && Number.isInteger(right);
  return operator === "/" && whole ? Math.trunc(result) : result;
}

function operate(operator: ArithmeticOperator, left: number, right: number): number {
  switch (operator) {
    case "+":
      return left + right;
    case "-":
      return left - right;
    case "*":
      return left * right;
    case "/":
      return left / right;
    case "%":
      return left % right;
  }
}
