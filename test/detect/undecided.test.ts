import assert from "node:assert/strict";

import { undecidedFields } from "../../src/detect/undecided.js";
import { documentResolver } from "../../src/rules/document.js";
import { compileKql } from "../../src/rules/kql/compile.js";
import { documentFields } from "../../src/rules/kql/fields.js";

/** What a KQL query hangs on, of an event of which not all arguments are known. */
function undecidedBy(query: string): readonly string[] {
  const event = { process: { name: "sh", args: ["sh", "-c"] } };
  const compiled = compileKql(query, documentResolver, { kqlFields: documentFields });
  return undecidedFields(compiled, event, ["process.args", "process.command_line"]);
}

describe("undecided fields", () => {
  it("are those that a pattern of field names reads", () => {
    assert.deepEqual(undecidedBy("process.a*:x"), ["process.args"]);
    assert.deepEqual(undecidedBy("process.*:x"), ["process.args", "process.command_line"]);
    assert.deepEqual(undecidedBy("process.n*:x"), []);
  });

  it("leave a pattern open that reads them beside their own name", () => {
    assert.deepEqual(undecidedBy("process.args:x and process.a*:y"), ["process.args"]);
    assert.deepEqual(undecidedBy("process.args:x and process.n*:y"), []);
  });
});
