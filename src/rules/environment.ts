import { parseEql } from "./eql/parser.js";
import type { Expression, Matching } from "./eql/tree.js";
import { operandsOf } from "./eql/walk.js";
import { parseKql } from "./kql/parser.js";
import type { KqlNode } from "./kql/tree.js";
import type { Rule } from "./rule.js";

/** The fields that hold environment variables, as `NAME=value`. */
const ENVIRONMENT_FIELDS: ReadonlySet<string> = new Set(["process.env_vars", "process.parent.env_vars"]);

/** An environment variable that a rule asks for. */
export interface AskedVariable {
  readonly name: string;
  /** The rule asks for every variable whose name begins so. */
  readonly isPrefix: boolean;
  readonly ignoreCase: boolean;
}

/**
 * The environment variables that a rule asks for by name. A regular expression, and a pattern that begins with a wildcard, name
 * none.
 *
 * @param rule one whose query is evaluated
 */
export function variablesAsked({ type, query }: Pick<Rule, "type" | "query">): AskedVariable[] {
  if (type !== "eql") return variablesOfKql(parseKql(query));
  const tree = parseEql(query);
  return tree.kind === "event" ? variablesOfEql(tree.condition) : [];
}

/** Whether events hold the variable, or some of those that begin so, where only these are captured. */
export function isCaptured({ name, isPrefix, ignoreCase }: AskedVariable, captured: readonly string[]): boolean {
  const fold = (text: string): string => (ignoreCase ? text.toLowerCase() : text);
  return captured.some((other) => (isPrefix ? fold(other).startsWith(fold(name)) : fold(other) === fold(name)));
}

/**
 * What an administrator should know: a variable that is not captured is missing in every event, and a rule that asks for it waits
 * in vain. A sentence for each such rule, without a full stop.
 *
 * @param rules those that are evaluated
 */
export function environmentWarnings(
  rules: readonly Pick<Rule, "name" | "type" | "query">[],
  captured: readonly string[],
): readonly string[] {
  return rules.flatMap((rule) => {
    // Few rules do, and the others need not be read once more.
    if (!rule.query.includes("env_vars")) return [];
    const asked = variablesAsked(rule).filter((variable) => !isCaptured(variable, captured));
    const names = new Set(asked.map(({ name, isPrefix }) => (isPrefix ? `${name}*` : name)));
    if (names.size === 0) return [];
    return [`the rule "${rule.name}" asks for environment variables that are not captured: ${[...names].join(", ")}`];
  });
}

function variablesOfEql(expression: Expression): AskedVariable[] {
  const operands = operandsOf(expression);
  if (!operands.some((operand) => operand.kind === "field" && ENVIRONMENT_FIELDS.has(operand.name)))
    return operands.flatMap(variablesOfEql);
  if (expression.kind === "matching" && isRegexp(expression.operator)) return [];
  const ignoreCase =
    (expression.kind === "matching" && expression.operator !== "like") ||
    (expression.kind === "membership" && expression.operator === "in~") ||
    (expression.kind === "call" && expression.ignoreCase);
  // What it asks of a variable's beginning a pattern would with a wildcard at its end.
  const rest =
    expression.kind === "call" && expression.name.toLowerCase().replace(/~$/, "") === "startswith" ? "*" : "";
  return operands.flatMap((operand) =>
    operand.kind === "literal" && typeof operand.value === "string"
      ? variableIn(`${operand.value}${rest}`, ignoreCase)
      : [],
  );
}

function isRegexp(operator: Matching["operator"]): boolean {
  return operator === "regex" || operator === "regex~";
}

function variablesOfKql(node: KqlNode): AskedVariable[] {
  switch (node.kind) {
    case "and":
    case "or":
      return node.operands.flatMap(variablesOfKql);
    case "not":
      return variablesOfKql(node.operand);
    case "is":
      return ENVIRONMENT_FIELDS.has(node.field.text) ? variableIn(node.value.text, false) : [];
    case "exists":
    case "range":
    case "nested":
    case "everything":
      return [];
  }
}

function variableIn(value: string, ignoreCase: boolean): AskedVariable[] {
  const [, name, end] = /^([A-Za-z_][A-Za-z0-9_]*)([=*?])/.exec(value) ?? [];
  return name === undefined ? [] : [{ name, isPrefix: end !== "=", ignoreCase }];
}
