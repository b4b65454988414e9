import type { WildcardTokens } from "../automaton/wildcard.js";
import type { RangeOperator } from "../range.js";

/** A name or a value as written: plain text, or a pattern where an unquoted `*` stands in it. */
export interface Literal {
  /** With escapes resolved; in a pattern, a star that stands for anything reads `*` here too. */
  readonly text: string;
  /** Present if the text is a pattern. */
  readonly pattern?: WildcardTokens;
  /** Where it begins in the query. */
  readonly offset: number;
}

/** A KQL query. Value lists are spread out: `f:(a or not b)` is `f:a or not f:b`. */
export type KqlNode =
  | { readonly kind: "and" | "or"; readonly operands: readonly KqlNode[] }
  | { readonly kind: "not"; readonly operand: KqlNode }
  | { readonly kind: "is"; readonly field: Literal; readonly value: Literal }
  | { readonly kind: "exists"; readonly field: Literal }
  | { readonly kind: "range"; readonly field: Literal; readonly operator: RangeOperator; readonly bound: Literal }
  | { readonly kind: "nested"; readonly field: Literal; readonly query: KqlNode }
  /** `*`, `*:*`, or nothing at all: every event. */
  | { readonly kind: "everything" };
