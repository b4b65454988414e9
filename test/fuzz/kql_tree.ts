import fc from "fast-check";

import { ANY_RUN, type WildcardTokens } from "../../src/rules/automaton/wildcard.js";
import type { KqlNode, Literal } from "../../src/rules/kql/tree.js";

/** Literals of any characters: plain ones, and patterns. */
export const anyPlain = fc.string({ unit: "grapheme", maxLength: 8 }).map((text): Literal => ({ text, offset: 0 }));

const piece = fc.string({ unit: "grapheme", minLength: 1, maxLength: 5 });

// A star alone would be another kind of node, so every pattern has some text.
export const anyPattern = fc
  .tuple(fc.boolean(), piece, fc.boolean(), piece)
  .map(([leading, left, trailing, right]) => patternOf([...any(leading), left, ANY_RUN, right, ...any(trailing)]))
  // Outside quotes a keyword at either end of a value would read as one.
  .filter(({ text }) => !/\b(?:and|or|not)\b/i.test(text));

function any(there: boolean): WildcardTokens {
  return there ? [ANY_RUN] : [];
}

export function patternOf(pattern: WildcardTokens): Literal {
  return { text: pattern.map((token) => (typeof token === "string" ? token : "*")).join(""), pattern, offset: 0 };
}

/** Trees over given fields and values. A bound of a range is plain. */
export function kqlTree(
  field: fc.Arbitrary<Literal>,
  value: fc.Arbitrary<Literal>,
  bound: fc.Arbitrary<Literal>,
): fc.Arbitrary<KqlNode> {
  const { node } = fc.letrec<{ node: KqlNode }>((tie) => ({
    node: fc.oneof(
      { maxDepth: 4 },
      fc.record({ kind: fc.constant("is" as const), field, value }),
      fc.record({ kind: fc.constant("exists" as const), field }),
      fc.record({
        kind: fc.constant("range" as const),
        field,
        operator: fc.constantFrom("<" as const, "<=" as const, ">" as const, ">=" as const),
        bound,
      }),
      fc.record({ kind: fc.constant("not" as const), operand: tie("node") }),
      fc.record({
        kind: fc.constantFrom("and" as const, "or" as const),
        operands: fc.array(tie("node"), { minLength: 2, maxLength: 4 }),
      }),
      fc.record({ kind: fc.constant("nested" as const), field, query: tie("node") }),
    ),
  }));
  return node;
}
