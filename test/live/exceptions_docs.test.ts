import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";

import type { JsonDocument } from "../../src/rules/document.js";
import { Agent, field, type AgentOptions } from "../support/agent.js";
import { documentedExceptions } from "../support/documented_exceptions.js";
import { describeLive } from "../support/live.js";
import { StandIns } from "../support/stand_ins.js";

const run = promisify(execFile);

/** Words that begin the title of an example. */
type Title = "Maintenance" | "Troubleshooting" | "Deployment" | "Updates" | "Test environments";

function example(title: Title): string {
  for (const [full, toml] of documentedExceptions()) if (full.startsWith(title)) return toml;
  throw new Error(`docs/exceptions.md has no example for ${title}`);
}

/** Where version 2 of control groups is mounted, with those of systemd; undefined where none can be made. */
function cgroups(): string | undefined {
  const mounts = readFileSync("/proc/mounts", "utf8").split("\n");
  const isWritable = (options = ""): boolean => options.split(",").includes("rw");
  return mounts
    .map((line) => line.split(" "))
    .find(([, , type, options]) => type === "cgroup2" && isWritable(options))?.[1];
}

/** Whether a process may say who logged in: a kernel without auditing has nobody log in, and one may be told that it is for once. */
async function mayLogIn(): Promise<boolean> {
  try {
    await run("sh", ["-c", "echo 4001 >/proc/self/loginuid"]);
    return true;
  } catch {
    return false;
  }
}

describeLive("the examples of exceptions in the documentation, as they stand there", () => {
  let standIns: StandIns;
  let agent: Agent | undefined;

  const start = async (config: string, options: AgentOptions = {}): Promise<Agent> => {
    agent = await Agent.start({ config, ...options });
    return agent;
  };

  beforeEach(() => {
    standIns = new StandIns("kernel");
    for (const name of ["iptables", "nft"]) standIns.program(name);
    // A program that does as its arguments say; the shell behind /bin/sh does not mind its name.
    copyFileSync("/bin/sh", standIns.path("shell"));
    standIns.script("packet-filter.sh", `#!/bin/sh\n"${standIns.path("iptables")}" -F\n`);
  });
  afterEach(async () => {
    if (agent?.process.exitCode === null) await agent.stop();
    agent?.remove();
    agent = undefined;
    standIns.remove();
  });

  /**
   * Runs a script in which `$F` is the folder of the stand-ins. It has the host's files to itself: what it mounts is there for
   * nobody else.
   */
  const sh = async (script: string, env: Readonly<Record<string, string>> = {}): Promise<void> => {
    await run("unshare", ["--mount", "sh", "-ec", script], {
      cwd: "/",
      env: { ...process.env, F: standIns.folder, ...env },
    });
  };

  /** What stands in the log of rules that the stand-ins match while a script runs: `alert`, or `event` where it was excepted. */
  const judged = async (...[script, env]: Parameters<typeof sh>): Promise<string[]> => {
    assert(agent);
    const documents = await agent.alertsFrom(standIns.folder, () => sh(script, env));
    return documents.map((one) => `${String(field(one, "event.kind"))}: ${String(field(one, "rule.name"))}`);
  };

  const ALERT = ["alert: Attempt to Disable IPTables or Firewall"];
  const FLUSH_ALERT = ["alert: Packet Filter Rules Flushed with IPTables"];
  const NFT_ALERT = ["alert: Nftables Rules Removed"];

  it("Maintenance: the script, started by its path by root, and nothing beside it", async () => {
    await start(example("Maintenance"));
    const there = 'mount -t tmpfs none /opt; mkdir /opt/maintenance; cp "$F/packet-filter.sh" /opt/maintenance;';
    assert.deepEqual(await judged(`${there} /opt/maintenance/packet-filter.sh`), []);
    assert.deepEqual(await judged(`${there} cd /opt; sh -c "exec /opt/maintenance/packet-filter.sh; :"`), []);
    for (const beside of [
      '"$F/packet-filter.sh"',
      "sh /opt/maintenance/packet-filter.sh",
      "cd /opt/maintenance; ./packet-filter.sh",
      "setpriv --reuid 65534 /opt/maintenance/packet-filter.sh",
      `"$F/shell" -c '"$F/iptables" -F; :' /opt/maintenance/packet-filter.sh`,
    ]) {
      assert.deepEqual(await judged(`${there} ${beside}`), ALERT, beside);
    }
  });

  it("Troubleshooting: who logged in, from where, through sudo as well, written down", async function () {
    if (!(await mayLogIn())) {
      console.log("      skipped: /proc/self/loginuid cannot be set");
      return this.skip();
    }
    const folder = standIns.path("host");
    for (const name of ["", "sessions"]) mkdirSync(join(folder, name));
    const names = "root:x:0:0::/root:/bin/sh\nalice:x:4001:4001::/:/bin/sh\neve:x:4003:4003::/:/bin/sh\n";
    writeFileSync(join(folder, "passwd"), names);
    // What logind and /etc/passwd would tell, and only to this agent.
    const script = `mount -t tmpfs none /run; mkdir -p /run/systemd; ln -s "${folder}/sessions" /run/systemd/sessions
mount --bind "${folder}/passwd" /etc/passwd; exec "$@"`;
    const { alerts } = await start(example("Troubleshooting"), {
      by: ["unshare", "--mount", "sh", "-ec", script, "sh"],
    });

    const login = async (user: number, from: string | undefined, as: number): Promise<string[]> => {
      const told =
        from === undefined
          ? ""
          : `printf 'AUDIT=%s\\nREMOTE_HOST=%s\\n' $session ${from} >"$F/host/sessions/$session";`;
      return await judged(
        `echo ${user} >/proc/self/loginuid; session=$(cat /proc/self/sessionid); ${told} setpriv --reuid ${as} "$F/iptables" -F`,
      );
    };
    const EXCEPTED = ALERT.map((alert) => alert.replace("alert", "event"));
    assert.deepEqual(await login(4001, "192.0.2.44", 4001), EXCEPTED);
    assert.deepEqual(await login(4001, "192.0.2.44", 0), EXCEPTED);
    assert.deepEqual(await login(4001, "2001:db8:7::1", 0), EXCEPTED);
    const reason = "Network administrators look for faults, from their own network only";
    assert.equal(field(alerts.items.find(isExcepted) ?? {}, "wallwatch.exception.reason"), reason);

    assert.deepEqual(await login(4001, "198.51.100.9", 0), ALERT, "another address");
    assert.deepEqual(await login(4001, undefined, 0), ALERT, "no address");
    assert.deepEqual(await login(4003, "192.0.2.44", 4001), ALERT, "another user, who became that one");
    assert.deepEqual(await judged('setpriv --reuid 4001 "$F/iptables" -F'), ALERT, "nobody who logged in");
  });

  it("Deployment: the parent by its executable, for the rules that it names", async () => {
    await start(example("Deployment"));
    const there = 'mount -t tmpfs none /usr/local/bin; cp "$F/shell" /usr/local/bin/deploy-agent;';
    const flush = `-c '"$F/iptables" -F; :'`;
    assert.deepEqual(await judged(`${there} /usr/local/bin/deploy-agent ${flush}`), []);
    const again = `-c '"$F/iptables" -t nat -F; :'`;
    assert.deepEqual(await judged(`${there} /usr/local/bin/deploy-agent ${again}`), []);
    assert.deepEqual(await judged(`${there} /bin/sh ${again}`), FLUSH_ALERT);
    assert.deepEqual(await judged(`${there} ln -s /usr/local/bin/deploy-agent "$F/link"; "$F/link" ${flush}`), []);
    assert.deepEqual(await judged(`${there} /usr/local/bin/deploy-agent -c '"$F/nft" flush ruleset; :'`), NFT_ALERT);
    assert.deepEqual(await judged(`${there} /usr/local/bin/deploy-agent -c "sh ${flush.slice(0, -1)}'; :"`), ALERT);
    const feigned = `exec -a /usr/local/bin/deploy-agent "$F/shell" ${flush}`;
    assert.deepEqual(await judged(`bash -c "${feigned.replaceAll('"', '\\"').replaceAll("$", "\\$")}"`), ALERT);
  });

  it("Updates: below the package manager, in the unit of the upgrade only", async function () {
    const root = cgroups();
    if (root === undefined) {
      console.log("      skipped: no control group can be made");
      return this.skip();
    }
    await start(example("Updates"));
    const slice = join(root, "system.slice");
    const unit = join(slice, "apt-daily-upgrade.service");
    const made = [unit, slice].filter((path) => !existsSync(path));
    mkdirSync(unit, { recursive: true });
    try {
      const dpkg = `mount --bind "$F/shell" /usr/bin/dpkg; /usr/bin/dpkg -c 'sh -c "\\"$F/iptables\\" -F; :"; :'`;
      const enter = `echo $$ >"${unit}/cgroup.procs";`;
      assert.deepEqual(await judged(`${enter} ${dpkg}`), []);
      assert.deepEqual(await judged(dpkg), ALERT, "outside the unit");
      assert.deepEqual(await judged(`${enter} "$F/shell" -c '"$F/iptables" -F; :'`), ALERT, "not below dpkg");
    } finally {
      made.forEach((path) => rmdirSync(path));
    }
  });

  it("Test environments: where the host has the label, and nowhere else", async () => {
    const toml = example("Test environments");
    const excepting = await start(toml);
    await sh('"$F/iptables" -F; "$F/nft" flush ruleset');
    // No fence: it would be excepted, too. What was captured before the end is judged.
    assert.equal(await excepting.stop(), 0);
    const documents = readFileSync(excepting.log, "utf8").trimEnd().split("\n");
    const kinds = documents.map((line) => JSON.parse(line) as JsonDocument);
    assert.deepEqual(
      kinds.filter((one) => field(one, "event.kind") === "alert"),
      [],
    );
    const counts = kinds.filter((one) => field(one, "event.action") === "matches-excepted");
    assert.equal(counts.length, 2, "one for each rule");
    excepting.remove();

    await start(toml.replace('environment = "test"', 'environment = "production"'));
    assert.deepEqual(await judged('"$F/iptables" -F; "$F/nft" flush ruleset'), [...ALERT, ...NFT_ALERT]);
  });
});

function isExcepted(document: JsonDocument): boolean {
  return field(document, "event.action") === "match-excepted";
}
