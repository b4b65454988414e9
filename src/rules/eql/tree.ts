import type { Pipe } from "../query.js";

/** What the parser makes of a query. `offset` is where a node begins in the text. */

export type Value = string | number | boolean | null;

export interface Literal {
  readonly kind: "literal";
  readonly value: Value;
  /** A number written with a point or an exponent: dividing by it does not truncate. */
  readonly decimal: boolean;
  readonly offset: number;
}

export interface Field {
  readonly kind: "field";
  readonly name: string;
  /** Written `?name`: it need not exist. */
  readonly optional: boolean;
  readonly offset: number;
}

export interface Call {
  readonly kind: "call";
  /** As written. */
  readonly name: string;
  /** Written `name~`. */
  readonly ignoreCase: boolean;
  readonly args: readonly Expression[];
  readonly offset: number;
}

export interface Negation {
  readonly kind: "negate";
  readonly operand: Expression;
  readonly offset: number;
}

export type ArithmeticOperator = "+" | "-" | "*" | "/" | "%";

export interface Arithmetic {
  readonly kind: "arithmetic";
  readonly operator: ArithmeticOperator;
  readonly left: Expression;
  readonly right: Expression;
  readonly offset: number;
}

export type ComparisonOperator = "==" | "!=" | "<" | "<=" | ">" | ">=";

export interface Comparison {
  readonly kind: "comparison";
  readonly operator: ComparisonOperator;
  readonly left: Expression;
  readonly right: Expression;
  readonly offset: number;
}

export interface Membership {
  readonly kind: "membership";
  readonly operator: "in" | "in~";
  readonly operand: Expression;
  readonly values: readonly Expression[];
  readonly offset: number;
}

export type MatchingOperator = ":" | "like" | "like~" | "regex" | "regex~";

export interface Matching {
  readonly kind: "matching";
  readonly operator: MatchingOperator;
  readonly operand: Expression;
  readonly patterns: readonly Literal[];
  readonly offset: number;
}

export interface Not {
  readonly kind: "not";
  readonly operand: Expression;
  readonly offset: number;
}

export interface Logic {
  readonly kind: "and" | "or";
  /** Two or more. */
  readonly operands: readonly Expression[];
  readonly offset: number;
}

export type Expression =
  Literal | Field | Call | Negation | Arithmetic | Comparison | Membership | Matching | Not | Logic;

/** `process where …`, without a category `any where …`. */
export interface EventFilter {
  readonly category: string | undefined;
  readonly condition: Expression;
  readonly offset: number;
}

export interface EventQuery extends EventFilter {
  readonly kind: "event";
  readonly pipes: readonly Pipe[];
}

/** One `[process where …] by …` of a sequence or sample. */
export interface Subquery extends EventFilter {
  /** Written `![…]`: no such event. */
  readonly missing: boolean;
  readonly by: readonly Field[];
  /** `with runs=3`: how often in a row. */
  readonly runs: number;
}

/** A query about several events. It is read so that its errors are told, and not evaluated. */
export interface CombinedQuery {
  readonly kind: "sequence" | "sample";
  readonly by: readonly Field[];
  /** As written, such as `5m`. */
  readonly maxspan: string | undefined;
  readonly subqueries: readonly Subquery[];
  readonly until: Subquery | undefined;
  readonly pipes: readonly Pipe[];
  readonly offset: number;
}

export type QueryTree = EventQuery | CombinedQuery;
