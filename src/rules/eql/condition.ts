import type { WildcardTokens } from "../automaton/wildcard.js";
import { UnsupportedQuery } from "../error.js";
import type { Scalar } from "../field.js";
import { DATE_MATH_REFUSED, isDateMath } from "../range.js";
import { constantsOf, evaluateConstant } from "./script.js";
import type { Call, Comparison, ComparisonOperator, Expression, Field, Literal, Matching, Membership } from "./tree.js";
import { luceneWildcard, type TestOperator } from "./value_test.js";
import { isConstant } from "./walk.js";

/**
 * What a query's condition comes to: a formula over tests of single fields. Every node is true or false for an event,
 * and `not` is the complement: what a missing field can't fulfil, it fulfils negated.
 */
export type Condition =
  | { readonly kind: "constant"; readonly value: boolean }
  | { readonly kind: "and" | "or"; readonly items: readonly Condition[] }
  | { readonly kind: "not"; readonly item: Condition }
  /** The field has a value. */
  | { readonly kind: "exists"; readonly field: Field }
  /** Some value of the field passes the test. */
  | { readonly kind: "test"; readonly field: Field; readonly test: FieldTest }
  /** The expression, of one or more fields, is true (or null) for some combination of their values. */
  | { readonly kind: "script"; readonly expression: Expression; readonly wanted: true | null };

export type FieldTest =
  | { readonly kind: "compare"; readonly operator: TestOperator; readonly constant: Scalar }
  | { readonly kind: "member"; readonly constants: readonly Scalar[]; readonly ignoreCase: boolean }
  | { readonly kind: "match"; readonly operator: Matching["operator"]; readonly patterns: readonly Literal[] }
  | { readonly kind: "wildcard"; readonly tokens: WildcardTokens; readonly ignoreCase: boolean };

const NEVER: Condition = { kind: "constant", value: false };

/** The operator that says the same with its sides exchanged. */
const MIRRORED: Readonly<Record<ComparisonOperator, ComparisonOperator>> = {
  "==": "==",
  "!=": "!=",
  "<": ">",
  "<=": ">=",
  ">": "<",
  ">=": "<=",
};

/**
 * @param text the query, for the places of errors
 * @param expression one that was checked
 */
export function conditionOf(text: string, expression: Expression): Condition {
  // What names no field is calculated first, `not` and `!=` too: of null they make null.
  if (isConstant(expression)) return { kind: "constant", value: evaluateConstant(text, expression) === true };
  if (expression.kind === "and" || expression.kind === "or") {
    return { kind: expression.kind, items: expression.operands.map((operand) => conditionOf(text, operand)) };
  }
  if (expression.kind === "not") return complement(conditionOf(text, expression.operand));
  if (expression.kind === "comparison") return comparisonCondition(text, expression);
  if (expression.kind === "field") {
    return { kind: "test", field: expression, test: { kind: "compare", operator: "==", constant: true } };
  }
  if (expression.kind === "membership") return membershipCondition(text, expression);
  if (expression.kind === "matching" && expression.operand.kind === "field") {
    const { operator, patterns, operand } = expression;
    return { kind: "test", field: operand, test: { kind: "match", operator, patterns } };
  }
  return (
    (expression.kind === "call" ? wildcardCondition(text, expression) : undefined) ?? {
      kind: "script",
      expression,
      wanted: true,
    }
  );
}

/**
 * Where `endsWith` and `stringContains` compare a field with a constant, Elasticsearch makes a wildcard query of them: in
 * the constant `*` and `?` are wildcards, and a backslash before them makes them literal. Published rules rely on it.
 * Anywhere else, such as in `string(endsWith(…))`, they are scripts, and every character is literal.
 */
function wildcardCondition(text: string, { name, ignoreCase, args }: Call): Condition | undefined {
  const [field, constant] = args;
  const around = WILDCARD_CALLS.get(name.toLowerCase());
  if (around === undefined || field?.kind !== "field" || constant === undefined || !isConstant(constant))
    return undefined;
  const value = evaluateConstant(text, constant);
  if (typeof value !== "string") return undefined;
  return { kind: "test", field, test: { kind: "wildcard", tokens: luceneWildcard(around(value)), ignoreCase } };
}

/** A backslash at the end of the constant makes the star behind it literal. */
const WILDCARD_CALLS = new Map<string, (constant: string) => string>([
  ["endswith", (constant) => `*${constant}`],
  ["stringcontains", (constant) => `*${constant}*`],
]);

function complement(item: Condition): Condition {
  if (item.kind === "constant") return { kind: "constant", value: !item.value };
  return item.kind === "not" ? item.item : { kind: "not", item };
}

function comparisonCondition(text: string, comparison: Comparison): Condition {
  const { operator } = comparison;
  if (operator === "!=") return complement(comparisonCondition(text, { ...comparison, operator: "==" }));
  if (isConstant(comparison.left) && !isConstant(comparison.right)) {
    const { left: right, right: left } = comparison;
    return comparisonCondition(text, { ...comparison, left, right, operator: MIRRORED[operator] });
  }
  const { left, right } = comparison;
  const constant = evaluateConstant(text, right);
  if (constant === null) return operator === "==" ? nullCondition(left) : NEVER;
  if (left.kind === "field") {
    if (operator !== "==" && typeof constant === "string" && isDateMath(constant)) {
      throw new UnsupportedQuery(text, right.offset, DATE_MATH_REFUSED);
    }
    return { kind: "test", field: left, test: { kind: "compare", operator, constant } };
  }
  if (operator === "==" && typeof constant === "boolean" && isCondition(left)) {
    const condition = conditionOf(text, left);
    return constant ? condition : complement(condition);
  }
  const folded: Literal = { kind: "literal", value: constant, decimal: false, offset: right.offset };
  return { kind: "script", expression: { ...comparison, right: folded }, wanted: true };
}

function nullCondition(operand: Expression): Condition {
  if (operand.kind === "field") return { kind: "not", item: { kind: "exists", field: operand } };
  return { kind: "script", expression: operand, wanted: null };
}

function membershipCondition(text: string, membership: Membership): Condition {
  const constants = constantsOf(text, membership.values);
  if (constants.length === 0) return NEVER;
  const { operand, operator } = membership;
  if (operand.kind !== "field") return { kind: "script", expression: membership, wanted: true };
  return { kind: "test", field: operand, test: { kind: "member", constants, ignoreCase: operator === "in~" } };
}

/** Whether an expression, no mere field, is true or false by its form: then `== true` adds nothing. */
function isCondition({ kind }: Expression): boolean {
  return ["call", "comparison", "membership", "matching", "not", "and", "or"].includes(kind);
}
