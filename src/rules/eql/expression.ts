import { UnsupportedQuery } from "../error.js";
import type { Cursor } from "./cursor.js";
import { MAX_NESTING } from "./limits.js";
import type { Token } from "./token.js";
import type {
  ArithmeticOperator,
  ComparisonOperator,
  Expression,
  Field,
  Literal,
  Logic,
  Matching,
  MatchingOperator,
} from "./tree.js";

/*
 *   condition   = conjunction { "or" conjunction }
 *   conjunction = negation { "and" negation }
 *   negation    = "not" negation | comparison
 *   comparison  = sum [ ( "==" | "!=" | "<" | "<=" | ">" | ">=" ) sum ]
 *   sum         = product { ( "+" | "-" ) product }
 *   product     = signed { ( "*" | "/" | "%" ) signed }
 *   signed      = ( "+" | "-" ) signed | predicate
 *   predicate   = primary [ [ "not" ] ( "in" | "in~" ) "(" condition { "," condition } ")"
 *                         | ( ":" | "like" | "like~" | "regex" | "regex~" ) patterns ]
 *   patterns    = constant | "(" constant { "," constant } ")"
 *   primary     = constant | call | field | "(" condition ")"
 *   call        = name [ "~" ] "(" [ condition { "," condition } ] ")"
 *   field       = [ "?" ] name { "." name }
 *   constant    = "null" | "true" | "false" | number | string
 */

const COMPARISONS: readonly ComparisonOperator[] = ["==", "!=", "<", "<=", ">", ">="];
const SUMS: readonly ArithmeticOperator[] = ["+", "-"];
const PRODUCTS: readonly ArithmeticOperator[] = ["*", "/", "%"];
const MATCHINGS: readonly MatchingOperator[] = [":", "like", "like~", "regex", "regex~"];
const MEMBERSHIPS = ["in", "in~"] as const;

/** Reads a condition; what follows it is left to the caller. @throws QueryError */
export function parseCondition(cursor: Cursor): Expression {
  return cursor.nested(() => parseChain(cursor, "or", () => parseChain(cursor, "and", () => parseNegation(cursor))));
}

/** `a or b or c` is one node of three, so that a long chain is not deep. */
function parseChain(cursor: Cursor, kind: Logic["kind"], parseOperand: () => Expression): Expression {
  const first = parseOperand();
  const operands = [first];
  while (cursor.take(kind)) operands.push(parseOperand());
  return operands.length === 1 ? first : { kind, operands, offset: first.offset };
}

function parseNegation(cursor: Cursor): Expression {
  const { offset } = cursor.peek();
  if (!cursor.take("not")) return parseComparison(cursor);
  return { kind: "not", operand: cursor.nested(() => parseNegation(cursor)), offset };
}

function parseComparison(cursor: Cursor): Expression {
  const left = parseSum(cursor);
  const operator = takeOneOf(cursor, COMPARISONS);
  if (operator === undefined) return left;
  return { kind: "comparison", operator, left, right: parseSum(cursor), offset: left.offset };
}

function parseSum(cursor: Cursor): Expression {
  return parseArithmetic(cursor, SUMS, () => parseArithmetic(cursor, PRODUCTS, () => parseSigned(cursor)));
}

function parseArithmetic(
  cursor: Cursor,
  operators: readonly ArithmeticOperator[],
  parseOperand: () => Expression,
): Expression {
  let left = parseOperand();
  for (let length = 1; cursor.sees(operators); length++) {
    if (length > MAX_NESTING) throw cursor.error(`more than ${MAX_NESTING} operations in a row`, cursor.peek());
    const operator = takeOneOf(cursor, operators);
    if (operator === undefined) break;
    left = { kind: "arithmetic", operator, left, right: parseOperand(), offset: left.offset };
  }
  return left;
}

function parseSigned(cursor: Cursor): Expression {
  const { offset } = cursor.peek();
  if (cursor.take("+")) return cursor.nested(() => parseSigned(cursor));
  if (!cursor.take("-")) return parsePredicate(cursor);
  return { kind: "negate", operand: cursor.nested(() => parseSigned(cursor)), offset };
}

function parsePredicate(cursor: Cursor): Expression {
  const operand = parsePrimary(cursor);
  const { offset } = operand;
  const negated = cursor.sees(["not"]);
  if (negated && !cursor.sees(MEMBERSHIPS, 1)) {
    cursor.next();
    throw cursor.unexpected("`in` or `in~` after `not`");
  }
  if (negated) cursor.next();
  const membership = takeOneOf(cursor, MEMBERSHIPS);
  if (membership !== undefined) {
    cursor.expect("(", " before the values");
    const values = cursor.list(() => parseCondition(cursor));
    cursor.expect(")", " or a comma after the value");
    const node: Expression = { kind: "membership", operator: membership, operand, values, offset };
    return negated ? { kind: "not", operand: node, offset } : node;
  }
  const matching = takeOneOf(cursor, MATCHINGS);
  if (matching === undefined) return operand;
  return { kind: "matching", operator: matching, operand, patterns: parsePatterns(cursor), offset };
}

function parsePatterns(cursor: Cursor): Matching["patterns"] {
  if (!cursor.take("(")) return [parseConstant(cursor)];
  const patterns = cursor.list(() => parseConstant(cursor));
  cursor.expect(")", " or a comma after the value");
  return patterns;
}

function parseConstant(cursor: Cursor): Literal {
  const token = cursor.peek();
  const literal = literalOf(token);
  if (literal === undefined) throw cursor.unexpected("a string");
  cursor.next();
  return literal;
}

function literalOf(token: Token): Literal | undefined {
  const { offset } = token;
  if (token.kind === "string") return { kind: "literal", value: token.text, decimal: false, offset };
  if (token.kind === "number") return { kind: "literal", value: token.value, decimal: token.decimal, offset };
  if (token.kind !== "keyword") return undefined;
  if (token.text === "null") return { kind: "literal", value: null, decimal: false, offset };
  if (token.text !== "true" && token.text !== "false") return undefined;
  return { kind: "literal", value: token.text === "true", decimal: false, offset };
}

function parsePrimary(cursor: Cursor): Expression {
  const token = cursor.peek();
  const literal = literalOf(token);
  if (literal !== undefined) {
    cursor.next();
    return literal;
  }
  if (cursor.take("(")) {
    const inner = parseCondition(cursor);
    cursor.expect(")", " to close the parenthesis");
    return inner;
  }
  if (token.kind === "name" && !token.quoted) {
    const after = cursor.peek(1);
    if (token.tilde || (after.kind === "operator" && after.text === "(")) return parseCall(cursor, token);
    if (after.kind === "keyword" && after.text === "of") {
      throw new UnsupportedQuery(cursor.text, token.offset, `\`${token.text} of\` asks for a relation of processes`);
    }
  }
  if (token.kind === "name" || cursor.sees(["?"])) return parseField(cursor);
  throw cursor.unexpected("a field, a value, a function or a parenthesis");
}

function parseCall(cursor: Cursor, token: Extract<Token, { readonly kind: "name" }>): Expression {
  const { text: name, tilde: ignoreCase, offset } = token;
  cursor.next();
  cursor.expect("(", ` after the function ${name}`);
  const args = cursor.sees([")"]) ? [] : cursor.list(() => parseCondition(cursor));
  cursor.expect(")", " or a comma after the argument");
  return { kind: "call", name, ignoreCase, args, offset };
}

/** Reads the name of a field. @throws QueryError */
export function parseField(cursor: Cursor): Field {
  const { offset } = cursor.peek();
  const optional = cursor.take("?");
  const parts = [parseName(cursor)];
  while (cursor.take(".")) parts.push(parseName(cursor));
  // In a sequence a bracket opens the next event.
  if (cursor.sees(["["]) && cursor.peek(1).kind === "number")
    throw cursor.error("a field can't be indexed; any of its values may match", cursor.peek());
  return { kind: "field", name: parts.join("."), optional, offset };
}

function parseName(cursor: Cursor): string {
  const token = cursor.peek();
  if (token.kind === "name" && !token.tilde) {
    cursor.next();
    return token.text;
  }
  const hint = token.kind === "keyword" ? ` (a name that is a keyword is written in backticks: \`${token.text}\`)` : "";
  throw cursor.unexpected(`the name of a field${hint}`);
}

function takeOneOf<T extends string>(cursor: Cursor, texts: readonly T[]): T | undefined {
  const found = texts.find((text) => cursor.sees([text]));
  if (found !== undefined) cursor.next();
  return found;
}
