import assert from "node:assert/strict";

import { Agent, field, ONLY_RULE_111, type Alert } from "../support/agent.js";
import { describeLanes } from "../support/live.js";
import { StandIns } from "../support/stand_ins.js";

const RULE_ID = "83e9c2b3-24ef-4c1d-a8cd-5ebafb5dfa2f";

const SERVICES = [
  "firewalld",
  "ip6tables",
  "iptables",
  "firewalld.service",
  "ip6tables.service",
  "iptables.service",
] as const;

/** What each clause of the rule is about; a row is a program and its arguments. */
const MATCHES: readonly (readonly [string, ...string[]])[] = [
  ["ufw", "disable"],
  ["ufw", "--force", "disable"],
  ["iptables", "-F"],
  ["iptables", "--flush"],
  ["iptables", "-X"],
  ["iptables", "--delete-chain"],
  ...SERVICES.flatMap((service): [string, ...string[]][] => [
    ["service", service, "stop"],
    ["chkconfig", service, "off"],
    ["systemctl", "stop", service],
    ["systemctl", "disable", service],
    ["systemctl", "kill", service],
  ]),
  ["systemctl", "--now", "disable", "sshd", "firewalld"],
];

const NEAR_MISSES: readonly (readonly [string, ...string[]])[] = [
  ["ufw", "status"],
  ["ufw", "enable"],
  ["ufw", "Disable"],
  ["ufw", "disable-all"],
  ["ufw6", "disable"],
  ["iptables", "-F", "INPUT"],
  ["iptables", "-t", "nat", "-F"],
  ["iptables", "-f"],
  ["iptables", "-x"],
  ["iptables", "-L"],
  ["iptables", "--flush=INPUT"],
  ["iptables"],
  ["ip6tables", "-F"],
  ["ip6tables", "-X"],
  ["iptables-nft", "-F"],
  ["nft", "flush", "ruleset"],
  ["service", "firewalld", "start"],
  ["service", "firewalld", "restart"],
  ["service", "nginx", "stop"],
  ["service", "stop"],
  ["chkconfig", "iptables", "on"],
  ["chkconfig", "nginx", "off"],
  ["systemctl", "restart", "firewalld"],
  ["systemctl", "status", "firewalld"],
  ["systemctl", "start", "firewalld"],
  ["systemctl", "mask", "firewalld"],
  ["systemctl", "stop", "nginx"],
  ["systemctl", "stop", "firewalld.socket"],
  ["systemctl", "stop", "Firewalld"],
  ["systemctl", "stop firewalld"],
  ["systemd", "stop", "firewalld"],
  ["echo", "iptables", "-F"],
];

describeLanes("the rule of version 111 on real execs", function (lane) {
  let agent: Agent;
  let standIns: StandIns;

  before(async () => {
    agent = await Agent.start({ lane, config: ONLY_RULE_111 });
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

  for (const [name, ...args] of MATCHES) {
    it(`raises one alert for ${[name, ...args].join(" ")}`, async () => {
      const path = standIns.program(name);
      const alert = one(await agent.alertsFrom(standIns.folder, () => standIns.run(name, ...args)));
      assert.equal(field(alert, "rule.id"), RULE_ID);
      assert.equal(field(alert, "process.name"), name);
      assert.equal(field(alert, "process.executable"), path);
      assert.deepEqual([field(alert, "process.args")].flat(), [path, ...args]);
      assert.equal(field(alert, "process.args_count"), 1 + args.length);
      assert.equal(field(alert, "process.parent.pid"), process.pid);
      assert.equal(field(alert, "wallwatch.capture.lane"), lane);
    });
  }

  it("raises nothing for near misses", async () => {
    const raised = await agent.alertsFrom(standIns.folder, async () => {
      for (const [name] of NEAR_MISSES) standIns.program(name);
      for (const [name, ...args] of NEAR_MISSES) await standIns.run(name, ...args);
    });
    assert.deepEqual(commandLines(raised), []);
  });

  describe("iptables and ip6tables below a parent that was told force-stop", () => {
    for (const name of ["iptables", "ip6tables"]) {
      it(`raises an alert for ${name}, whatever its arguments`, async () => {
        standIns.program(name);
        const script = standIns.script("ufw-init", `#!/bin/sh\n"\${0%/*}/${name}" -L -n\ntrue\n`);
        const alert = one(await agent.alertsFrom(standIns.folder, () => standIns.run("ufw-init", "force-stop")));
        assert.deepEqual(field(alert, "process.args"), [standIns.path(name), "-L", "-n"]);
        assert.deepEqual(field(alert, "process.parent.args"), ["/bin/sh", script, "force-stop"]);
      });
    }

    it("raises nothing below another parent", async () => {
      standIns.program("ip6tables");
      standIns.script("ufw-init", `#!/bin/sh\n"\${0%/*}/ip6tables" -L -n\ntrue\n`);
      const raised = await agent.alertsFrom(standIns.folder, async () => {
        await standIns.run("ufw-init", "stop");
        await standIns.run("ufw-init", "force-stopped");
      });
      assert.deepEqual(commandLines(raised), []);
    });

    it("raises nothing for the grandchild of such a parent", async () => {
      standIns.program("ip6tables");
      standIns.script("inner", `#!/bin/sh\n"\${0%/*}/ip6tables" -L -n\ntrue\n`);
      standIns.script("ufw-init", `#!/bin/sh\n"\${0%/*}/inner"\ntrue\n`);
      const raised = await agent.alertsFrom(standIns.folder, () => standIns.run("ufw-init", "force-stop"));
      assert.deepEqual(commandLines(raised), []);
    });
  });
});

function commandLines(alerts: readonly Alert[]): unknown[] {
  return alerts.map((alert) => field(alert, "process.command_line"));
}

function one(alerts: readonly Alert[]): Alert {
  assert.equal(alerts.length, 1, commandLines(alerts).join("\n"));
  return alerts[0]!;
}
