import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { promisify } from "node:util";

import { Agent, field, isAlert, ONLY_RULE_111, type Alert } from "../../support/agent.js";
import { PATIENCE } from "../../support/patience.js";

const exec = promisify(execFile);

/** Runs a command of the real system and waits for its end. */
async function run(command: string): Promise<void> {
  const [program = "", ...args] = command.split(" ");
  await exec(program, args, { timeout: 60_000 * PATIENCE });
}

describe("the real firewall tools", function () {
  this.timeout(120_000 * PATIENCE);
  let agent: Agent;

  before(async () => {
    agent = await Agent.start({ config: ONLY_RULE_111 });
  });
  after(async () => {
    await agent.stop();
    agent.remove();
  });

  /** All alerts that stand in the log between now and after the commands. */
  async function alertsOf(...commands: string[]): Promise<Alert[]> {
    await agent.fence();
    const from = agent.alerts.items.length;
    for (const command of commands) await run(command);
    await agent.fence();
    return agent.alerts.items.slice(from).filter(isAlert).slice(0, -1);
  }

  const commandLines = (alerts: readonly Alert[]): unknown[] =>
    alerts.map((alert) => field(alert, "process.command_line"));

  for (const command of ["iptables -F", "iptables -X", "iptables --flush", "iptables --delete-chain"]) {
    it(`${command} is one alert`, async () => {
      const alerts = await alertsOf(command);
      assert.deepEqual(commandLines(alerts), [command]);
      assert.equal(field(alerts[0]!, "process.name"), "iptables");
    });
  }

  it("systemctl stop, kill and disable of firewalld are alerts", async () => {
    await run("systemctl start firewalld");
    const commands = ["systemctl kill firewalld", "systemctl disable firewalld", "systemctl stop firewalld.service"];
    assert.deepEqual(commandLines(await alertsOf(...commands)), commands);
  });

  it("service firewalld stop is an alert, with the systemctl that it becomes", async () => {
    const alerts = await alertsOf("service firewalld stop");
    assert.deepEqual(
      alerts.map((alert) => field(alert, "process.name")),
      ["service", "systemctl"],
    );
    assert.equal(new Set(alerts.map((alert) => field(alert, "process.pid"))).size, 1);
  });

  it("looking, starting and restarting raise nothing", async () => {
    const harmless = [
      "ufw status verbose",
      "iptables -L -n",
      "iptables -S",
      "iptables -A INPUT -s 192.0.2.1 -j DROP",
      "iptables -F INPUT",
      "ip6tables -L -n",
      "nft list ruleset",
      "systemctl status --no-pager systemd-journald",
      "systemctl list-units --no-pager firewalld.service",
      "systemctl start firewalld",
      "systemctl restart firewalld",
      "firewall-cmd --state",
    ];
    assert.deepEqual(commandLines(await alertsOf(...harmless)), []);
  });

  it("ufw disable is one incident of many matches", async () => {
    await run("systemctl stop firewalld");
    await run("ufw --force enable");
    const alerts = await alertsOf("ufw disable");
    const [first, ...others] = alerts;
    assert.ok(first !== undefined);
    assert.deepEqual([field(first, "process.args")].flat().slice(1), ["/usr/sbin/ufw", "disable"]);
    assert.equal(new Set(alerts.map((alert) => field(alert, "wallwatch.incident.id"))).size, 1);
    const forced = others.filter((alert) => [field(alert, "process.parent.args")].flat().includes("force-stop"));
    assert.ok(forced.length > 100, `${forced.length} below force-stop`);
    assert.deepEqual([...new Set(forced.map((alert) => field(alert, "process.name")))].sort(), [
      "ip6tables",
      "iptables",
    ]);
  });

  it("ip6tables below the real ufw-init force-stop is one incident", async () => {
    await run("ufw --force enable");
    const alerts = await alertsOf("/lib/ufw/ufw-init force-stop");
    const flushes = alerts.filter((alert) => field(alert, "process.name") === "ip6tables");
    assert.ok(flushes.length > 10, `${flushes.length} of ip6tables`);
    assert.equal(new Set(alerts.map((alert) => field(alert, "wallwatch.incident.id"))).size, 1);
    await run("ufw disable");
  });
});
