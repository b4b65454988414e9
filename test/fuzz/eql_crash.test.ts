import fc from "fast-check";
import { documentResolver, type JsonDocument } from "../../src/rules/document.js";
import { compileEql } from "../../src/rules/eql/compile.js";
import { FUNCTION_NAMES } from "../../src/rules/eql/functions.js";
import { KEYWORDS, OPERATORS } from "../../src/rules/eql/token.js";
import { printEql } from "../rules/eql/print.js";
import { eventQuery } from "./eql_tree.js";
import { onlyQueryErrors } from "./only_query_errors.js";
import { runs } from "./runs.js";

const words = [
  ...KEYWORDS,
  ...OPERATORS,
  ...FUNCTION_NAMES,
  "process where",
  "any where",
  "a",
  "b.c",
  "?d",
  "`e f`",
  "1",
  "2.5",
  "1e9",
  '"x"',
  '"*y?"',
  '"""[a-z]+"""',
  '"10.0.0.0/8"',
  "/* c */",
  "// c\n",
  "head 5",
  '"',
  "'",
  "\\",
  "~",
];
const value = fc.oneof(
  fc.string(),
  fc.double(),
  fc.boolean(),
  fc.constant(null),
  fc.constantFrom("x", "1", "10.0.0.1"),
);
const document: fc.Arbitrary<JsonDocument> = fc.dictionary(
  fc.constantFrom("a", "b", "b.c", "d", "e f", "event.category"),
  fc.oneof(value, fc.array(value, { maxLength: 3 }), fc.object({ maxDepth: 2, maxKeys: 3 })),
);

const compileAndRun = onlyQueryErrors((text) => compileEql(text, documentResolver));

describe("compiling EQL", () => {
  it("never fails but with a QueryError: random words", function () {
    this.timeout(0);
    const text = fc.array(fc.constantFrom(...words), { maxLength: 20 }).map((list) => `any where ${list.join(" ")}`);
    fc.assert(fc.property(text, document, compileAndRun), runs(0.5));
  });

  it("never fails but with a QueryError: random characters", function () {
    this.timeout(0);
    fc.assert(fc.property(fc.string({ unit: "binary" }), document, compileAndRun), runs(0.2));
  });

  it("never fails but with a QueryError: random trees", function () {
    this.timeout(0);
    fc.assert(
      fc.property(eventQuery, document, (tree, event) => {
        compileAndRun(printEql(tree), event);
      }),
      runs(0.1),
    );
  });
});
