import assert from "node:assert/strict";

import { rulesChecks } from "../../../src/cli/checks/config.js";
import type { CheckResult } from "../../../src/cli/checks/result.js";
import { parseConfig } from "../../../src/config/load.js";

async function exceptions(toml: string): Promise<CheckResult | undefined> {
  const results = await rulesChecks(parseConfig(`rules.paths = []\n${toml}`, "w.toml"));
  return results.find(({ name }) => name === "exceptions");
}

const exception = (more: string): string => `[[exceptions]]\nreason = "Upgrade"\ncondition = "true"\n${more}\n`;

describe("wallwatch check of exceptions", () => {
  it("says how many apply, and which of them never end", async () => {
    assert.equal(await exceptions(""), undefined);
    const result = await exceptions(exception("expires = 9999-12-30") + exception(""));
    assert.deepEqual(result, { name: "exceptions", status: "ok", detail: "2 of 2 apply, 1 of them without an end" });
  });

  it("warns of one that has expired, and of a rule that there is not", async () => {
    const result = await exceptions(exception("expires = 2020-01-01") + exception('rules = ["Nmae"]'));
    assert.equal(result?.status, "warning");
    assert.deepEqual(result.detail.split("\n"), [
      "1 of 2 apply, 1 of them without an end;",
      'the exception "Upgrade" expired at 2020-01-02T00:00:00.000Z and applies no longer',
      'the exception "Upgrade" is for the rule Nmae, and there is no such rule',
    ]);
  });
});
