import fc from "fast-check";
import { FUNCTION_NAMES } from "../../src/rules/eql/functions.js";
import type { EventQuery, Expression, Literal } from "../../src/rules/eql/tree.js";

/*
 * Random trees of the parser's shape. They need not make sense: `1 + "x"` parses, and is refused only when it is
 * compiled. All offsets are 0.
 */

const offset = 0;
const text = fc.string({ unit: "binary", maxLength: 8 });
const part = fc.oneof(fc.stringMatching(/^[A-Za-z_@][A-Za-z0-9_]{0,5}$/), fc.constantFrom("and", "in", "sequence"));
const name = fc.oneof(
  fc.array(part, { minLength: 1, maxLength: 3 }).map((parts) => parts.join(".")),
  text.filter((value) => value !== ""),
);

const literal: fc.Arbitrary<Literal> = fc.oneof(
  fc
    .oneof(text, fc.boolean(), fc.constant(null), fc.nat())
    .map((value): Literal => ({ kind: "literal", value, decimal: false, offset })),
  fc
    .double({ min: 0, noNaN: true, noDefaultInfinity: true })
    .map((value): Literal => ({ kind: "literal", value: Math.abs(value), decimal: true, offset })),
);
const stringLiteral = text.map((value): Literal => ({ kind: "literal", value, decimal: false, offset }));
const field = fc.record({
  kind: fc.constant("field" as const),
  name,
  optional: fc.boolean(),
  offset: fc.constant(offset),
});

const { expression } = fc.letrec<{ expression: Expression }>((tie) => {
  const inner = tie("expression");
  const several = fc.array(inner, { minLength: 1, maxLength: 3 });
  const two = fc.array(inner, { minLength: 2, maxLength: 3 });
  const node = <T extends object>(kind: T) => fc.constant({ ...kind, offset });
  return {
    expression: fc.oneof(
      { depthSize: "small", withCrossShrink: true },
      literal,
      field,
      fc
        .tuple(fc.constantFrom(...FUNCTION_NAMES, "other"), fc.boolean(), fc.array(inner, { maxLength: 3 }))
        .map(([called, ignoreCase, args]): Expression => ({ kind: "call", name: called, ignoreCase, args, offset })),
      inner.map((operand): Expression => ({ kind: "negate", operand, offset })),
      inner.map((operand): Expression => ({ kind: "not", operand, offset })),
      fc
        .tuple(fc.constantFrom("+", "-", "*", "/", "%"), inner, inner)
        .map(([operator, left, right]): Expression => ({ kind: "arithmetic", operator, left, right, offset })),
      fc
        .tuple(fc.constantFrom("==", "!=", "<", "<=", ">", ">="), inner, inner)
        .map(([operator, left, right]): Expression => ({ kind: "comparison", operator, left, right, offset })),
      fc
        .tuple(fc.constantFrom("in", "in~"), inner, several)
        .map(([operator, operand, values]): Expression => ({ kind: "membership", operator, operand, values, offset })),
      fc
        .tuple(
          fc.constantFrom(":", "like", "like~", "regex", "regex~"),
          inner,
          fc.array(fc.oneof(stringLiteral, literal), { minLength: 1, maxLength: 3 }),
        )
        .map(([operator, operand, patterns]): Expression => ({
          kind: "matching",
          operator,
          operand,
          patterns,
          offset,
        })),
      fc.tuple(node({ kind: "and" as const }), two).map(([kind, operands]): Expression => ({ ...kind, operands })),
      fc.tuple(node({ kind: "or" as const }), two).map(([kind, operands]): Expression => ({ ...kind, operands })),
    ),
  };
});

/** Any query for one event. */
export const eventQuery: fc.Arbitrary<EventQuery> = fc.record({
  kind: fc.constant("event" as const),
  category: fc.option(text, { nil: undefined }),
  condition: expression,
  pipes: fc.array(fc.record({ kind: fc.constantFrom("head" as const, "tail" as const), count: fc.nat() }), {
    maxLength: 2,
  }),
  offset: fc.constant(offset),
});
