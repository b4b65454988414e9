import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { runInNewContext } from "node:vm";
import { PACKAGE_ROOT } from "../src/package_root.js";
import { compileQuery, QueryError } from "../src/query.js";

const PAGE = readFileSync(join(PACKAGE_ROOT, "docs/query.md"), "utf8");

const BLOCKS = Array.from(PAGE.matchAll(/^```(\w*)\n([^]*?)^```$/gm), ([, language = "", text = ""]) => ({
  language,
  text,
}));

/** The page's first block of a kind, without its fences. */
function block(language: string): string {
  const found = BLOCKS.find((each) => each.language === language);
  assert.ok(found !== undefined, `docs/query.md has no block of ${language || "text"}`);
  return found.text;
}

describe("docs/query.md", () => {
  it("has an example that does what it says", () => {
    const code = block("ts").replace(/^import .*\n/m, "");
    const asserted = code.replace(/^(?!\/\/)(.+); \/\/ (.+)$/gm, "is($1, $2);");
    const events = [20, 21, 22].map((count) => ({ "event.category": "process", "process.args_count": count }));
    const told: unknown[] = [];
    const results: [unknown, unknown][] = [];
    runInNewContext(asserted, {
      compileQuery,
      QueryError,
      events,
      console: { log: (item: unknown) => told.push(item) },
      is: (actual: unknown, expected: unknown) => results.push([actual, expected]),
    });
    assert.ok(results.length >= 3, asserted);
    for (const [actual, expected] of results) assert.equal(JSON.stringify(actual), JSON.stringify(expected));
    assert.deepEqual(told, events.slice(1));
  });

  it("shows an error as it is", () => {
    const shown = block("");
    const query = "process where\n  process.name = 1";
    assert.throws(() => compileQuery(query, "eql"), { name: "QueryError", message: shown.trimEnd() });
  });
});
