import assert from "node:assert/strict";
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";

import { Agent, field, ONLY_RULE_111 } from "../support/agent.js";
import { describeLive } from "../support/live.js";
import { PATIENCE } from "../support/patience.js";
import { StandIns } from "../support/stand_ins.js";

const DISK = 2 ** 20;
/** An alert of it is some 100 KiB. */
const LONG_ARGUMENT = "x".repeat(30_000);

describeLive("the agent's log on a small disk budget", function () {
  this.timeout(60_000 * PATIENCE);
  let agent: Agent;
  let standIns: StandIns;

  beforeEach(async () => {
    standIns = new StandIns("kernel");
    standIns.program("ufw");
    // Nobody listens there, so nothing arrives.
    const sink = '[sinks.away]\ntype = "http"\nurl = "http://127.0.0.1:9/"\n';
    const config = `log.segment_size = "256KiB"\nlog.disk = "1MiB"\n${sink}${ONLY_RULE_111}`;
    agent = await Agent.start({ lane: "kernel", config });
  });
  afterEach(async () => {
    await agent.stop();
    agent.remove();
    standIns.remove();
  });

  it("tells in the log, and on standard error, what went before a sink that is away had it", async () => {
    for (let i = 0; i < 30; i++) await standIns.run("ufw", "disable", LONG_ARGUMENT);
    const told = await agent.alerts.first(
      (document) => field(document, "event.action") === "log-discarded",
      "word of what was deleted",
    );
    assert.equal(field(told, "event.kind"), "event");
    assert.ok(Number(field(told, "wallwatch.log_loss.lines")) > 0);
    const [alert] = agent.alerts.items;
    assert.ok(alert !== undefined);
    assert.equal(
      [field(told, "wallwatch.log_loss.subjects.subject")].flat()[0],
      field(alert, "rule.id"),
      "by the rule whose alerts they were",
    );
    await agent.diagnostics.first((line) => line.includes("log.disk"), "word on standard error");
    const segments = readdirSync(agent.folder).filter((name) => /^alerts.*\.ndjson$/.test(name));
    const bytes = segments.reduce((sum, name) => sum + statSync(join(agent.folder, name)).size, 0);
    assert.ok(segments.length > 2 && bytes < DISK * 1.3, `${segments.join(" ")}: ${bytes} bytes`);
  });
});
