import assert from "node:assert/strict";
import { readFileSync } from "node:fs";

import { Agent, field, ONLY_RULE_111, type Alert } from "../support/agent.js";
import { describeLive } from "../support/live.js";
import { StandIns } from "../support/stand_ins.js";

describeLive("exceptions of a running agent", () => {
  let standIns: StandIns;
  let agent: Agent;

  /** Starts an agent with an exception for what the stand-ins do. */
  const start = async (condition: string, more = ""): Promise<void> => {
    const exception = `[[exceptions]]\nreason = "Maintenance"\ncondition = '${condition}'\n${more}`;
    agent = await Agent.start({ config: `labels.environment = "test"\n${ONLY_RULE_111}${exception}` });
  };

  beforeEach(() => {
    standIns = new StandIns("kernel");
    standIns.program("iptables");
    for (const name of ["maintenance.sh", "other.sh"]) {
      standIns.script(name, '#!/bin/sh\n"${0%/*}/iptables" -F\n"${0%/*}/iptables" -X\n');
    }
  });
  afterEach(async () => {
    await agent.stop();
    agent.remove();
    standIns.remove();
  });

  const alertsOf = async (script: string): Promise<unknown[]> => {
    const documents = await agent.alertsFrom(standIns.folder, () => standIns.run(script));
    return documents.map((document: Alert) => field(document, "event.kind"));
  };

  it("are for a maintenance script by its path, and for no other", async () => {
    await start(`wallwatch.ancestors.path == "${standIns.path("maintenance.sh")}"`);
    assert.deepEqual(await alertsOf("maintenance.sh"), []);
    assert.deepEqual(await alertsOf("other.sh"), ["alert", "alert"]);
  });

  it("are for a parent, written down on request, and counted", async () => {
    await start(`process.parent.args : "*/maintenance.sh"`, "log = true\n");
    assert.deepEqual(await alertsOf("maintenance.sh"), ["event", "event"]);
    assert.equal(await agent.stop(), 0);
    const documents = readFileSync(agent.log, "utf8")
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as Alert);
    const [summary, ...others] = documents.filter((document) => field(document, "event.action") === "matches-excepted");
    assert.equal(others.length, 0);
    assert.equal(field(summary ?? {}, "wallwatch.excepted.count"), 2);
    assert.equal(field(summary ?? {}, "wallwatch.exception.reason"), "Maintenance");
    assert.ok(agent.diagnostics.items.at(-1)?.includes("(2 excepted)"), agent.diagnostics.items.at(-1));
  });

  it("are for a user and a label of the host together", async () => {
    // The agent's fences end in an alert, so they must not be excepted.
    await start(
      `user.id == "${process.getuid?.() ?? 0}" and labels.environment == "test" and process.name == "iptables"`,
    );
    assert.deepEqual(await alertsOf("other.sh"), []);
  });

  it("apply until they expire, and it is said when they do", async () => {
    const end = new Date(Date.now() + 5000);
    await start('process.name == "iptables"', `log = true\nexpires = ${end.toISOString()}\n`);
    const isOver = (line: string): boolean => line.includes(`expired at ${end.toISOString()} and applies no longer`);
    const over = agent.diagnostics.first(isOver, "word of the expiry");
    const documents = await agent.alertsFrom(standIns.folder, async () => {
      await standIns.run("other.sh");
      await over;
      await standIns.run("other.sh");
    });
    assert.equal(documents.length, 4);
    // On a machine that is very busy even the first may come too late to be excepted.
    for (const document of documents) {
      const isExpired = Date.parse(String(field(document, "@timestamp"))) >= end.getTime();
      assert.equal(field(document, "event.kind"), isExpired ? "alert" : "event");
    }
    assert.equal(field(documents.at(-1) ?? {}, "event.kind"), "alert");
  });

  it("are warned of and do not apply once they have expired", async () => {
    await start('process.name == "iptables"', "expires = 2020-01-01\n");
    assert.ok(agent.diagnostics.items.some((line) => /expired at 2020-01-02T00:00:00.000Z/.test(line)));
    assert.deepEqual(await alertsOf("other.sh"), ["alert", "alert"]);
  });
});
