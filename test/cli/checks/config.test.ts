import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
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

describe("wallwatch check of what rules ask of the environment", () => {
  const RULE = `[rule]
rule_id = "history"
name = "History switched off"
description = "Somebody wants to leave no history."
severity = "low"
risk_score = 21
type = "eql"
query = '''
process where process.env_vars like~ ("HISTSIZE=0", "HISTFILE=/dev/null") and not process.env_vars : "LD_PRELOAD=*"
'''
`;

  let folder: string;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "wallwatch-"));
    await writeFile(join(folder, "history.toml"), RULE);
  });

  after(async () => {
    await rm(folder, { recursive: true });
  });

  async function environment(captured: readonly string[]): Promise<CheckResult | undefined> {
    const toml = `rules.paths = [${JSON.stringify(folder)}]\ncapture.environment = ${JSON.stringify(captured)}\n`;
    return (await rulesChecks(parseConfig(toml, "w.toml"))).find(({ name }) => name === "environment");
  }

  it("warns of a rule that asks for variables which are not captured", async () => {
    const result = await environment(["LD_PRELOAD", "histsize"]);
    assert.equal(result?.status, "warning");
    assert.equal(
      result.detail,
      'the rule "History switched off" asks for environment variables that are not captured: HISTFILE',
    );
  });

  it("says nothing where all are", async () => {
    assert.equal(await environment(["LD_PRELOAD", "HISTSIZE", "HISTFILE"]), undefined);
  });
});
