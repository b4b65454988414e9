import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { join } from "node:path";

import { EXIT } from "../../src/cli/exit.js";
import type { Snapshot } from "../../src/status/snapshot.js";
import { FakeElastic } from "../ship/fake_elastic.js";
import { TestServer } from "../ship/support.js";
import { Agent, ONLY_RULE_111 } from "../support/agent.js";
import { describeLive } from "../support/live.js";
import { ROOT } from "../support/programs.js";
import { StandIns } from "../support/stand_ins.js";

/** Of the agent's first signs of life some may be refused too. */
const REFUSED = /refused \d+ documents? for good/;

/** @returns exit code, and what it printed */
function wallwatch(...args: readonly string[]): Promise<[code: number, stdout: string]> {
  return new Promise((resolve) => {
    const main = join(ROOT, "dist", "src", "main.js");
    const child = execFile(process.execPath, [main, ...args], (_, stdout) => resolve([child.exitCode ?? -1, stdout]));
  });
}

describeLive("an agent whose sink refuses a document for good", () => {
  it("is degraded until it was sent again", async () => {
    const elastic = new FakeElastic();
    const server = await TestServer.start((request) => elastic.answer(request));
    const standIns = new StandIns("kernel");
    standIns.program("iptables");
    const sink = `[sinks.siem]\ntype = "elasticsearch"\nhosts = ["${server.url}"]\n`;
    const agent = await Agent.start({ config: `${ONLY_RULE_111}${sink}` });
    const config = join(agent.folder, "wallwatch.toml");
    const reasons = async (): Promise<readonly string[]> => {
      const [, stdout] = await wallwatch("status", "--config", config, "--json");
      return (JSON.parse(stdout) as Snapshot).degraded;
    };
    try {
      elastic.isBad = (line) => line.includes("Attempt to Disable IPTables");
      await standIns.run("iptables", "-F");
      await agent.diagnostics.first((line) => REFUSED.test(line), "word of a dead letter");
      assert.ok((await reasons()).some((reason) => REFUSED.test(reason)));
      elastic.isBad = () => false;
      const [code, stdout] = await wallwatch("resend", "--config", config);
      assert.match(stdout, /^siem: \d+ sent\n$/);
      assert.equal(code, EXIT.ok);
      assert.deepEqual(
        (await reasons()).filter((reason) => REFUSED.test(reason)),
        [],
      );
    } finally {
      await agent.stop();
      agent.remove();
      standIns.remove();
      await server.stop();
    }
  });
});
