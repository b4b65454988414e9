import { KEYWORDS } from "../../../src/rules/eql/token.js";
import type { EventQuery, Expression } from "../../../src/rules/eql/tree.js";

/** Writes a tree as a query that parses to the same tree. */
export function printEql({ category, condition, pipes }: EventQuery): string {
  const head = category === undefined ? "any" : printString(category);
  const tail = pipes.map(({ kind, count }) => ` | ${kind} ${count}`).join("");
  return `${head} where ${print(condition, 0)}${tail}`;
}

/** How tightly an expression of this kind binds; what binds less than its place demands is put in parentheses. */
const BINDING = {
  or: 1,
  and: 2,
  not: 3,
  comparison: 4,
  "+": 5,
  "-": 5,
  "*": 6,
  "/": 6,
  "%": 6,
  negate: 7,
  membership: 8,
  matching: 8,
  call: 9,
  field: 9,
  literal: 9,
} as const;

function print(expression: Expression, least: number): string {
  const binding = BINDING[expression.kind === "arithmetic" ? expression.operator : expression.kind];
  const text = printBare(expression, binding);
  return binding < least ? `(${text})` : text;
}

function printBare(expression: Expression, binding: number): string {
  const list = (items: readonly Expression[]): string => items.map((item) => print(item, 0)).join(", ");
  switch (expression.kind) {
    case "literal":
      return printLiteral(expression.value, expression.decimal);
    case "field":
      return (expression.optional ? "?" : "") + printName(expression.name);
    case "call":
      return `${expression.name}${expression.ignoreCase ? "~" : ""}(${list(expression.args)})`;
    case "negate":
      return `- ${print(expression.operand, binding)}`;
    case "arithmetic":
      return `${print(expression.left, binding)} ${expression.operator} ${print(expression.right, binding + 1)}`;
    case "comparison":
      return `${print(expression.left, binding + 1)} ${expression.operator} ${print(expression.right, binding + 1)}`;
    case "membership":
      return `${print(expression.operand, binding + 1)} ${expression.operator} (${list(expression.values)})`;
    case "matching":
      return `${print(expression.operand, binding + 1)} ${expression.operator} (${list(expression.patterns)})`;
    case "not":
      return `not ${print(expression.operand, binding)}`;
    case "and":
    case "or":
      return expression.operands.map((operand) => print(operand, binding + 1)).join(` ${expression.kind} `);
  }
}

function printLiteral(value: string | number | boolean | null, decimal: boolean): string {
  if (typeof value === "string") return printString(value);
  if (typeof value !== "number") return String(value);
  if (!decimal) return BigInt(value).toString();
  return /[.e]/.test(String(value)) ? String(value) : `${value}.0`;
}

function printString(text: string): string {
  const escaped = text.replace(/["\\\p{Cc}]/gu, (char) =>
    char === '"' || char === "\\" ? `\\${char}` : `\\u{${char.charCodeAt(0).toString(16).padStart(2, "0")}}`,
  );
  return `"${escaped}"`;
}

function printName(name: string): string {
  const plain = name.split(".").every((part) => /^[A-Za-z_@]\w*$/.test(part) && !KEYWORDS.has(part));
  return plain ? name : `\`${name.replaceAll("`", "``")}\``;
}
