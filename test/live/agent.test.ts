import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { copyFileSync, readFileSync } from "node:fs";
import { promisify } from "node:util";

import { Agent, field, ONLY_RULE_111, type Alert } from "../support/agent.js";
import { describeLanes, describeLive } from "../support/live.js";
import { compileProgram } from "../support/programs.js";
import { execBy, StandIns } from "../support/stand_ins.js";

const run = promisify(execFile);

describeLanes("the agent, from exec to log", function (lane) {
  let agent: Agent;
  let standIns: StandIns;

  before(async () => {
    agent = await Agent.start({ lane, config: `tags = ["test"]\nlabels.site = "here"\n${ONLY_RULE_111}` });
  });
  after(async () => {
    await agent.stop();
    agent.remove();
  });
  beforeEach(() => {
    standIns = new StandIns(lane);
  });
  afterEach(() => {
    standIns.remove();
  });

  const alertsOf = (action: () => Promise<void>): Promise<Alert[]> => agent.alertsFrom(standIns.folder, action);

  for (const way of ["execveat-descriptor", "deleted", "thread", "vfork", "fork-twice", "nobody", "namespaces"]) {
    it(`raises one alert for iptables -F by ${way}`, async () => {
      const program = standIns.program("iptables");
      const alerts = await alertsOf(() => execBy(way, program, ["iptables", "-F"]));
      assert.deepEqual(
        alerts.map((alert) => field(alert, "process.command_line")),
        ["iptables -F"],
      );
    });
  }

  for (const way of ["orphan", "daemon"]) {
    it(`raises one alert for iptables -F by ${way}, and names who forked it`, async () => {
      const program = standIns.program("iptables");
      await execBy(way, program, ["iptables", "-F"]);
      const alert = await agent.alertFrom(standIns.folder);
      assert.equal(field(alert, "process.parent.name"), "exec_ways");
      assert.equal([field(alert, "process.parent.args")].flat()[1], way);
    });
  }

  it("raises one for systemctl stop firewalld behind 800 options", async () => {
    const path = standIns.program("systemctl");
    const options = Array.from({ length: 800 }, () => "--no-pager");
    const [alert, ...others] = await alertsOf(() => standIns.run("systemctl", ...options, "stop", "firewalld"));
    assert.equal(others.length, 0);
    assert.deepEqual(field(alert!, "process.args"), [path, ...options, "stop", "firewalld"]);
    assert.equal(field(alert!, "process.args_count"), 803);
  });

  it("raises none for what is not named so: a link away from the name, a memfd, an argument", async () => {
    const alerts = await alertsOf(async () => {
      const program = standIns.program("iptables");
      standIns.symlink("firewall-tool", program);
      await standIns.run("firewall-tool", "-F");
      await execBy("memfd", program, ["iptables", "-F"]);
      standIns.script("wrapper", "#!/bin/sh\nsleep 0.2\n");
      await standIns.run("wrapper", program, "-F");
    });
    assert.deepEqual(
      alerts.map((alert) => field(alert, "process.command_line")),
      [],
    );
  });

  it("says who, what, where and which rule", async () => {
    standIns.program("ufw");
    const [alert] = await alertsOf(() => standIns.run("ufw", "disable"));
    assert.ok(alert !== undefined);
    const expected = {
      "event.kind": "alert",
      "event.action": "exec",
      "event.risk_score": 21,
      "rule.id": "83e9c2b3-24ef-4c1d-a8cd-5ebafb5dfa2f",
      "rule.name": "Attempt to Disable IPTables or Firewall",
      "rule.version": "111",
      "threat.framework": "MITRE ATT&CK",
      "host.os.type": "linux",
      "user.id": "0",
      "user.name": "root",
      "process.parent.pid": process.pid,
      "labels.site": "here",
      "wallwatch.capture.lane": lane,
    };
    for (const [name, value] of Object.entries(expected)) assert.deepEqual(field(alert, name), value, name);
    assert.deepEqual([field(alert, "threat.tactic.id")].flat(), ["TA0005"]);
    assert.deepEqual([field(alert, "threat.technique.id")].flat(), ["T1562"]);
    assert.deepEqual([field(alert, "threat.technique.subtechnique.id")].flat(), ["T1562.001"]);
    assert.ok([field(alert, "tags")].flat().includes("test"));
    const age = Date.now() - Date.parse(String(field(alert, "@timestamp")));
    assert.ok(age >= 0 && age < 120_000, `${age} ms old`);
  });

  it("keeps what one parent does together, and what two do apart", async () => {
    standIns.program("iptables");
    standIns.program("ip6tables");
    standIns.script(
      "ufw-init",
      '#!/bin/sh\nfor i in 1 2 3; do "${0%/*}/iptables" -X$i; "${0%/*}/ip6tables" -F; done\n',
    );
    const alerts = await alertsOf(async () => {
      await standIns.run("ufw-init", "force-stop");
      await standIns.run("ufw-init", "force-stop");
    });
    const incidents = alerts.map((alert) => String(field(alert, "wallwatch.incident.id")));
    assert.equal(incidents.length, 12);
    assert.equal(new Set(incidents.slice(0, 6)).size, 1);
    assert.equal(new Set(incidents.slice(6)).size, 1);
    assert.notEqual(incidents[0], incidents[6]);
    assert.equal(new Set(alerts.map((alert) => field(alert, "event.id"))).size, 12);
  });
});

describeLive("the agent at its limits", function () {
  it("evaluates and writes everything that was captured before SIGTERM", async () => {
    // Where the tests themselves run below something with long arguments, alerts are long, too.
    const agent = await Agent.start({ config: `log.segment_size = "512MiB"\n${ONLY_RULE_111}` });
    const standIns = new StandIns("kernel");
    try {
      const runs = 200;
      copyFileSync(compileProgram("test/programs/exit_at_once.S"), standIns.path("iptables"));
      standIns.script("ufw-init", `#!/bin/sh\nfor i in $(seq ${runs}); do "\${0%/*}/iptables" -L; done\n`);
      await standIns.run("ufw-init", "force-stop");
      assert.equal(await agent.stop("SIGTERM"), 0);
      const lines = readFileSync(agent.log, "utf8").split("\n");
      assert.equal(lines.filter((line) => line.includes(standIns.folder)).length, runs);
      assert.equal(lines.at(-1), "");
    } finally {
      standIns.remove();
      agent.remove();
    }
  });

  it("reports an exec as undecided whose argv is too long to be read whole", async () => {
    const agent = await Agent.start({ lane: "kernel", config: ONLY_RULE_111 });
    const standIns = new StandIns("kernel");
    try {
      for (const name of ["systemctl", "echo"]) {
        copyFileSync(compileProgram("test/programs/exit_at_once.S"), standIns.path(name));
      }
      const padding = Array.from({ length: 15 }, () => "x".repeat(100_000));
      const [alert, ...others] = await agent.alertsFrom(standIns.folder, async () => {
        await standIns.run("echo", ...padding, "stop", "firewalld");
        await standIns.run("systemctl", ...padding, "stop", "firewalld");
      });
      assert.equal(others.length, 0);
      assert.equal(field(alert!, "process.name"), "systemctl");
      assert.equal(field(alert!, "process.args_count"), 18);
      assert.equal(field(alert!, "event.outcome"), "unknown");
      assert.equal(field(alert!, "wallwatch.alert.undecided"), true);
    } finally {
      await agent.stop();
      standIns.remove();
      agent.remove();
    }
  });

  it("reports an exec as undecided whose environment hides what a rule asks for behind 300 variables", async () => {
    const standIns = new StandIns("kernel");
    const rule = standIns.script(
      "injected.toml",
      `[rule]
rule_id = "0d1c1c8e-7a52-4c0e-9a1d-2c2f5f7a0b11"
name = "Injected"
description = "nft with a library of somebody's own."
risk_score = 21
severity = "low"
type = "eql"
language = "eql"
query = 'process where process.name == "nft" and process.env_vars : "LD_LIBRARY_PATH=/evil*"'
`,
    );
    const config = ONLY_RULE_111.replace("paths = [", `paths = ["${rule}", `);
    const agent = await Agent.start({ lane: "kernel", config });
    try {
      const program = standIns.program("nft");
      const padding = Object.fromEntries(Array.from({ length: 300 }, (_, i) => [`V${i}`, "x"]));
      const [alert, ...others] = await agent.alertsFrom(standIns.folder, async () => {
        await run(program, ["1"], { env: { LD_LIBRARY_PATH: "/lib" } });
        await run(program, ["2"], { env: { ...padding, LD_LIBRARY_PATH: "/evil" } });
      });
      assert.equal(others.length, 0);
      assert.deepEqual(field(alert!, "process.args"), [program, "2"]);
      assert.equal(field(alert!, "wallwatch.alert.undecided"), true);
      assert.deepEqual([field(alert!, "wallwatch.alert.undecided_fields")].flat(), ["process.env_vars"]);
    } finally {
      await agent.stop();
      standIns.remove();
      agent.remove();
    }
  });

  it("can be taken up again at once with the same log", async () => {
    const first = await Agent.start();
    await first.fence();
    assert.equal(await first.stop("SIGINT"), 0);
    const second = await Agent.start({ folder: first.folder });
    await second.fence();
    assert.equal(await second.stop(), 0);
    const ids = second.alerts.items.map((alert) => field(alert, "event.id"));
    assert.equal(new Set(ids).size, ids.length);
    second.remove();
  });
});
