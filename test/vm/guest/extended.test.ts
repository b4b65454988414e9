import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";

import { Agent, field, isAlert } from "../../support/agent.js";
import { PATIENCE } from "../../support/patience.js";
import { ROOT } from "../../support/programs.js";

const rule = (name: string): string => join(ROOT, "rules", name);

/** The extended rules, and the one that a fence needs. */
const CONFIG = `[rules]
shipped = false
paths = ["${rule("attempt_to_disable_iptables_or_firewall.toml")}", "${rule("extended")}"]
`;
const RULE_111 = "83e9c2b3-24ef-4c1d-a8cd-5ebafb5dfa2f";

const FLUSHED = "Packet Filter Rules Flushed with IPTables";
const POLICY = "Packet Filter Policy Set to Accept";
const BY_HAND = "Packet Filter Rules Loaded by an Unusual Parent";
const NFT = "Nftables Rules Removed";
const UFW = "Uncomplicated Firewall Reset or Opened";
const SERVICE = "Firewall Service Stopped or Kept from Starting";
const FIREWALLD = "Firewalld Opened";
const MODULE = "Netfilter Module Unloaded";

/** Runs a command of the real system and waits for its end. Whether it succeeds is all the same: it was executed. */
async function run(command: string): Promise<void> {
  const [program = "", ...args] = command.startsWith("sh -c ")
    ? ["sh", "-c", command.slice("sh -c ".length)]
    : command.split(" ");
  const child = spawn(program, args, { stdio: "ignore", timeout: 120_000 * PATIENCE });
  await once(child, "exit");
}

describe("the extended rules and the real firewall tools", function () {
  this.timeout(240_000 * PATIENCE);
  let agent: Agent;

  before(async () => {
    agent = await Agent.start({ config: CONFIG });
  });
  after(async () => {
    await agent.stop();
    agent.remove();
  });

  /** The names of the extended rules whose alerts stand in the log between now and after the commands. */
  async function rulesOf(...commands: string[]): Promise<string[]> {
    await agent.fence();
    const from = agent.alerts.items.length;
    for (const command of commands) await run(command);
    await agent.fence();
    const alerts = agent.alerts.items.slice(from).filter((one) => isAlert(one) && field(one, "rule.id") !== RULE_111);
    return [...new Set(alerts.map((alert) => String(field(alert, "rule.name"))))].sort();
  }

  const taken: readonly (readonly [string, string])[] = [
    ["iptables -t nat -F", FLUSHED],
    ["ip6tables -F", FLUSHED],
    ["iptables -w -F INPUT", FLUSHED],
    ["iptables-legacy -F", FLUSHED],
    ["xtables-nft-multi iptables -X", FLUSHED],
    ["iptables -P FORWARD ACCEPT", POLICY],
    ["ip6tables-nft --policy INPUT ACCEPT", POLICY],
    ["sh -c iptables-save | iptables-restore", BY_HAND],
    ["sh -c echo 'add table inet x' | nft -f -", BY_HAND],
    ["nft delete table inet x", NFT],
    ["nft flush ruleset", NFT],
    ["ufw default allow", UFW],
    ["ufw --force reset", UFW],
    ["/lib/ufw/ufw-init force-stop", UFW],
    ["systemctl --no-pager stop ufw", SERVICE],
    ["systemctl mask --now nftables.service", SERVICE],
    ["/etc/init.d/ufw stop", SERVICE],
    ["update-rc.d ufw disable", SERVICE],
    ["firewall-cmd --set-default-zone=trusted", FIREWALLD],
    ["firewall-cmd --panic-off", FIREWALLD],
    ["rmmod nft_limit", MODULE],
    ["modprobe -r ip6_tables", MODULE],
  ];
  for (const [command, name] of taken) {
    it(`${command}: ${name}`, async () => assert.deepEqual(await rulesOf(command), [name]));
  }

  it("habits of ufw raise nothing here", async () => {
    assert.deepEqual(await rulesOf("ufw --force enable", "ufw reload", "ufw disable"), []);
  });

  it("habits of systemd's services raise nothing", async () => {
    await run("systemctl unmask nftables");
    const habits = [
      "systemctl start nftables",
      "systemctl reload nftables",
      "systemctl restart nftables",
      "systemctl restart ufw",
      "systemctl enable ufw",
      "systemctl start firewalld",
      "firewall-cmd --reload",
      "systemctl restart firewalld",
    ];
    assert.deepEqual(await rulesOf(...habits), []);
  });
});
