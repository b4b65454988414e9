import assert from "node:assert/strict";
import fc from "fast-check";
import { parseEql } from "../../src/rules/eql/parser.js";
import { printEql } from "../rules/eql/print.js";
import { eventQuery } from "./eql_tree.js";
import { runs } from "./runs.js";

/** A tree without its places. */
function shape(tree: unknown): unknown {
  return JSON.parse(JSON.stringify(tree, (key, value: unknown) => (key === "offset" ? undefined : value)));
}

describe("the EQL parser", () => {
  it("reads a printed tree as the same tree", function () {
    this.timeout(0);
    fc.assert(
      fc.property(eventQuery, (tree) => {
        assert.deepEqual(shape(parseEql(printEql(tree))), shape(tree));
      }),
      runs(0.2),
    );
  });
});
