import assert from "node:assert/strict";

import fc from "fast-check";

import { Pipeline } from "../../src/cli/pipeline.js";
import { compileQuery } from "../../src/query.js";

describe("a query's pipes over a stream", () => {
  it("let through what compileQuery selects from a list", () => {
    const pipe = fc.record({ kind: fc.constantFrom("head" as const, "tail" as const), count: fc.nat(6) });
    fc.assert(
      fc.property(fc.array(pipe, { maxLength: 4 }), fc.nat(12), (pipes, length) => {
        const items = Array.from({ length }, (_, id) => ({ id }));
        const text = ["any where true", ...pipes.map(({ kind, count }) => `${kind} ${count}`)].join(" | ");
        const expected = [...compileQuery(text, "eql").select(items)];
        const pipeline = new Pipeline<{ id: number }>(pipes);
        const passed: { id: number }[] = [];
        for (const item of items) {
          if (pipeline.isFull) break;
          passed.push(...pipeline.push(item));
        }
        passed.push(...pipeline.end());
        assert.deepEqual(passed, expected);
        assert.equal(pipeline.passed, expected.length);
      }),
      { numRuns: 1_000 },
    );
  });
});
