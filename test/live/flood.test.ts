import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";

import { textOf, valuesOf } from "../../src/detect/document.js";
import { Agent, field, isAlert, ONLY_RULE_111, type Alert } from "../support/agent.js";
import { describeLive } from "../support/live.js";
import { compileProgram } from "../support/programs.js";
import { StandIns } from "../support/stand_ins.js";

/** Users who need no account. */
const FLOODER = 64_001;
const OTHER = 64_002;
const FLOOD = 250;
const CAP = 20;

const exec = promisify(execFile);

async function runAs(user: number, program: string, ...args: string[]): Promise<void> {
  await exec(program, args, { uid: user, gid: user, cwd: "/" });
}

describeLive("a flood of stand-ins by one user", () => {
  let standIns: StandIns;
  let agent: Agent;

  beforeEach(async () => {
    standIns = new StandIns("kernel");
    standIns.program("iptables");
    standIns.script("flood", `#!/bin/sh\nfor i in $(seq ${FLOOD}); do "\${0%/*}/iptables" -F; done\n`);
    agent = await Agent.start({ maxAlerts: CAP, config: ONLY_RULE_111 });
  });
  afterEach(async () => {
    await agent.stop();
    agent.remove();
    standIns.remove();
  });

  const userOf = (alert: Alert): number => Number(field(alert, "user.id"));

  it("hides nobody else who takes the firewall down with the same program, and is counted to the last", async () => {
    const alerts = await agent.alertsFrom(standIns.folder, async () => {
      await runAs(FLOODER, standIns.path("flood"));
      await runAs(OTHER, standIns.path("iptables"), "-F");
      await runAs(OTHER, standIns.path("iptables"), "-X");
    });
    assert.equal(alerts.filter((alert) => userOf(alert) === FLOODER).length, CAP);
    const [others, ...more] = alerts.filter((alert) => userOf(alert) === OTHER);
    assert.equal(field(others ?? {}, "process.command_line"), `${standIns.path("iptables")} -F`);
    assert.equal(more.length, 0);

    assert.equal(await agent.stop(), 0);
    const documents = readFileSync(agent.log, "utf8")
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as Alert);
    const capped = documents.filter((document) => field(document, "event.action") === "alerts-capped");
    assert.equal(capped.length, 1);
    const [summary = {}] = capped;
    assert.equal(field(summary, "rule.id"), "83e9c2b3-24ef-4c1d-a8cd-5ebafb5dfa2f");
    assert.equal(field(summary, "wallwatch.capped.count"), FLOOD - CAP + 1);
    assert.deepEqual(field(summary, "wallwatch.capped.actors.user"), [String(FLOODER), String(OTHER)]);
    assert.deepEqual(field(summary, "wallwatch.capped.actors.count"), [FLOOD - CAP, 1]);
    assert.equal(field(summary, "wallwatch.capped.other_actors_count"), 0);
    // What was held back comes after what was let pass, and the document says of which exec it speaks.
    const passed = documents.filter(isAlert).map((alert) => field(alert, "event.id"));
    assert.ok(!passed.includes(field(summary, "wallwatch.capped.first_event_id")));
  });
});

describeLive("a flood that makes more alerts at once than memory holds", () => {
  const RUNS = 300;
  /** As of somebody who wants alerts to be long: each has its ancestors' arguments in it. */
  const ARGUMENT = "x".repeat(20_000);
  let standIns: StandIns;
  let agent: Agent;

  beforeEach(async () => {
    standIns = new StandIns("kernel");
    copyFileSync(compileProgram("test/programs/exit_at_once.S"), standIns.path("iptables"));
    standIns.script("flood", `#!/bin/sh\nfor i in $(seq "$2"); do "\${0%/*}/iptables" -F; done\n`);
    agent = await Agent.start({ config: `log.memory = "1MiB"\n${ONLY_RULE_111}` });
  });
  afterEach(async () => {
    await agent.stop();
    agent.remove();
    standIns.remove();
  });

  it("makes none that no service has the memory for", async () => {
    const argument = "\u0001".repeat(100_000);
    const [alert] = await agent.alertsFrom(standIns.folder, () => standIns.run("flood", argument, "1"));
    assert.ok(alert !== undefined);
    assert.equal(valuesOf(alert, "process.parent.args")[2], argument);
    assert.equal(textOf(alert, "process.parent.command_line")?.length, 32_768);
    // Those that the tests themselves run below may be long as well.
    const cut = valuesOf(alert, "wallwatch.cut");
    assert.ok(cut.includes("process.parent.command_line") && cut.includes("wallwatch.ancestors.command_line"));
  });

  it("costs none of them where many rules match each exec", async () => {
    const rules = join(standIns.folder, "rules");
    mkdirSync(rules);
    const ids = Array.from({ length: 3 }, (_, index) => `00000000-0000-4000-8000-00000000000${index}`);
    for (const id of ids) writeFileSync(join(rules, `${id}.toml`), ruleFile(id));
    const many = await Agent.start({ config: `log.memory = "64KiB"\nrules.paths = ["${rules}"]\n` });
    try {
      const alerts = await many.alertsFrom(standIns.folder, () => standIns.run("flood", ARGUMENT, `${RUNS}`));
      for (const id of ids) assert.equal(alerts.filter((alert) => field(alert, "rule.id") === id).length, RUNS);
    } finally {
      await many.stop();
      many.remove();
    }
  });

  it("costs none of them while the disk takes lines", async () => {
    const alerts = await agent.alertsFrom(standIns.folder, () => standIns.run("flood", ARGUMENT, `${RUNS}`));
    const bytes = Buffer.byteLength(JSON.stringify(alerts));
    assert.equal(alerts.length, RUNS);
    assert.equal(new Set(alerts.map((alert) => field(alert, "event.id"))).size, RUNS);
    assert.ok(bytes > 10 * 2 ** 20, `more than memory holds: ${bytes}`);
  });
});

/** A rule that wants every exec of `iptables`. */
function ruleFile(id: string): string {
  return `[rule]
name = "${id}"
description = "any iptables"
rule_id = "${id}"
risk_score = 21
severity = "low"
type = "eql"
language = "eql"
query = 'process where process.name == "iptables"'
`;
}
