import assert from "node:assert/strict";
import { ruleFields } from "../../src/detect/origin.js";
import { rule } from "./support.js";

describe("what a document says of its rule", () => {
  const query = "process where true";

  it("says the version that the rule's file has", () => {
    assert.equal(ruleFields(rule({ query, version: 111 }))["version"], "111");
  });

  it("says none where the file has none", () => {
    assert.ok(!("version" in ruleFields(rule({ query, version: 0 }))));
  });
});
