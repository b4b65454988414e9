import assert from "node:assert/strict";

import fc from "fast-check";

import { ANY_RUN, type WildcardTokens } from "../../src/rules/automaton/wildcard.js";
import { documentResolver, type JsonDocument } from "../../src/rules/document.js";
import type { Scalar } from "../../src/rules/field.js";
import { compileFormula, isFulfilled, simplify } from "../../src/rules/formula.js";
import { compileKql } from "../../src/rules/kql/compile.js";
import { documentFields } from "../../src/rules/kql/fields.js";
import { parseKql } from "../../src/rules/kql/parser.js";
import type { KqlNode, Literal } from "../../src/rules/kql/tree.js";
import { printKql, withoutOffsets } from "../rules/kql/print.js";
import { anyPattern, anyPlain, kqlTree, patternOf } from "./kql_tree.js";
import { onlyQueryErrors } from "./only_query_errors.js";
import { runs } from "./runs.js";

const options = { kqlFields: documentFields };

const pieces = fc.constantFrom(
  ...["\\", "(", ")", ":", "<", ">", '"', "*", "{", "}", "and", "or", "not", " ", "a", "b.c:", "null", "true", "7"],
  ...["u00e4", "🙂", "\n", "now-5m", "2024-01-01", "10.0.0.0/8", "ip:"],
);
const value = fc.oneof(
  fc.string(),
  fc.double(),
  fc.boolean(),
  fc.constantFrom(null, "a", "7", "2024-01-01", "10.0.0.1"),
);
const document: fc.Arbitrary<JsonDocument> = fc.dictionary(
  fc.constantFrom("a", "b", "b.c", "ip"),
  fc.oneof(value, fc.array(value, { maxLength: 3 }), fc.object({ maxDepth: 2, maxKeys: 3 })),
);

const compileAndRun = onlyQueryErrors((text) => compileKql(text, documentResolver, options));

describe("compiling KQL", () => {
  it("never fails but with a QueryError: random words", function () {
    this.timeout(0);
    const text = fc.array(pieces, { maxLength: 20 }).map((list) => list.join(""));
    fc.assert(fc.property(text, document, compileAndRun), runs(0.5));
  });

  it("never fails but with a QueryError: random characters", function () {
    this.timeout(0);
    fc.assert(fc.property(fc.string({ unit: "binary" }), document, compileAndRun), runs(0.2));
  });

  it("never fails but with a QueryError: random trees", function () {
    this.timeout(0);
    const tree = kqlTree(fc.oneof(anyPlain, anyPattern), fc.oneof(anyPlain, anyPattern), anyPlain);
    fc.assert(
      fc.property(tree, document, (node, event) => {
        compileAndRun(printKql(node), event);
      }),
      runs(0.1),
    );
  });

  it("gives a printed tree back", function () {
    this.timeout(0);
    const literal = fc.oneof(anyPlain, anyPattern);
    fc.assert(
      fc.property(kqlTree(literal, literal, anyPlain), (tree) => {
        assert.deepEqual(withoutOffsets(parseKql(printKql(tree))), withoutOffsets(tree));
      }),
      runs(0.1),
    );
  });
});

/*
 * Conditions and events over a few fields and values, so that matches are common, and how an independent, simple-minded
 * reading of the semantics answers.
 */
const VALUES: readonly Scalar[] = ["a", "A", "ab", "", "1", 1, 2.5, true];
const plain = (text: string): Literal => ({ text, offset: 0 });
const fieldName = fc.constantFrom("f", "g.h").map(plain);
const fewValues = fc.oneof(
  fc.constantFrom("a", "A", "ab", "", "1", "2.5", "true", "1.0").map(plain),
  fc.constantFrom<WildcardTokens[]>(["a", ANY_RUN], [ANY_RUN, "b"], [ANY_RUN, "a", ANY_RUN]).map(patternOf),
);
const event = fc.record({
  f: fc.array(fc.constantFrom(...VALUES), { maxLength: 2 }),
  g: fc.record({ h: fc.array(fc.constantFrom(...VALUES), { maxLength: 2 }) }),
});

function valuesOf(document: JsonDocument, { text }: Literal): readonly Scalar[] {
  const { f, g } = document as { f: Scalar[]; g: { h: Scalar[] } };
  return text === "f" ? f : g.h;
}

function isOneOf(found: Scalar, { text, pattern }: Literal): boolean {
  if (pattern !== undefined) {
    const source = pattern.map((token) => (typeof token === "string" ? token : ".*")).join("");
    return new RegExp(`^${source}$`).test(String(found));
  }
  if (typeof found === "string") return found === text;
  return typeof found === "number" ? text !== "" && found === Number(text) : String(found) === text;
}

function holds(node: KqlNode, document: JsonDocument): boolean {
  switch (node.kind) {
    case "everything":
      return true;
    case "and":
      return node.operands.every((operand) => holds(operand, document));
    case "or":
      return node.operands.some((operand) => holds(operand, document));
    case "not":
      return !holds(node.operand, document);
    case "exists":
      return valuesOf(document, node.field).length > 0;
    case "is":
      return valuesOf(document, node.field).some((found) => isOneOf(found, node.value));
    case "range":
    case "nested":
      return assert.fail("not among these trees");
  }
}

describe("a KQL query", () => {
  const tree = kqlTree(fieldName, fewValues, anyPlain).filter((node) => !/[<>{]/.test(printKql(node)));

  it("answers as a simple-minded reading of it does", function () {
    this.timeout(0);
    fc.assert(
      fc.property(tree, event, (node, document) => {
        const query = compileKql(printKql(node), documentResolver, options);
        assert.equal(query.matches(document), holds(node, document));
      }),
      runs(0.5),
    );
  });

  it("matches no event that lacks what it says it requires", function () {
    this.timeout(0);
    fc.assert(
      fc.property(tree, event, (node, document) => {
        const query = compileKql(printKql(node), documentResolver, options);
        for (const field of ["f", "g.h"]) {
          const required = query.requiredValues(field);
          if (required === undefined || !query.matches(document)) continue;
          assert.ok(valuesOf(document, plain(field)).some((found) => required.values.includes(String(found))));
        }
      }),
      runs(0.5),
    );
  });

  it("answers the same where what some fields decide is left out of it", function () {
    this.timeout(0);
    fc.assert(
      fc.property(tree, event, fc.subarray(["f", "g.h"]), (node, document, fields) => {
        const query = compileKql(printKql(node), documentResolver, options);
        const left = simplify(query.formula(), (condition) =>
          fields.includes(condition.field) ? isFulfilled(condition, condition.values(document)) : undefined,
        );
        assert.equal(compileFormula(left)(document), query.matches(document));
      }),
      runs(0.5),
    );
  });
});
