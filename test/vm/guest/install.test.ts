import assert from "node:assert/strict";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";

import { active, alerts, alertsOf, ALERT_LOG, journal, logLines, PATIENCE, property, run, until } from "./service.js";

/** Where the packages lie: this runs in what was unpacked from it. */
const SHARE = "/share";

function packageOf(kind: "previous" | "current"): string {
  const name = readdirSync(SHARE).find(
    (file) => file.endsWith(".deb") && file.includes("~previous") === (kind === "previous"),
  );
  assert.ok(name !== undefined, `no ${kind} package`);
  return `${SHARE}/${name}`;
}

const statusOf = (pid: number): string => readFileSync(`/proc/${pid}/status`, "utf8");

const DROP_IN = "/etc/systemd/system/wallwatch.service.d/emulated.conf";

describe("the installed service", function () {
  this.timeout(2 * PATIENCE);
  this.bail(true); // each builds upon what the ones before have done

  before(() => {
    // An emulated processor is some twenty times slower than what the ten seconds are meant for.
    mkdirSync(dirname(DROP_IN), { recursive: true });
    writeFileSync(DROP_IN, "[Service]\nTimeoutStartSec=150\nWatchdogSec=60\n");
  });

  it("is active when apt has installed it", async () => {
    await run(`apt-get install --yes ${packageOf("previous")}`);
    assert.equal(await property("ActiveState"), "active", await journal());
  });

  it("runs as its own user with four capabilities and no way to get more", async () => {
    const status = statusOf(await active());
    const uid = (await run("id -u wallwatch")).trim();
    assert.match(status, new RegExp(`^Uid:\\t${uid}\\t${uid}\\t${uid}\\t${uid}$`, "m"));
    // CAP_NET_ADMIN 12, CAP_SYS_PTRACE 19, CAP_PERFMON 38, CAP_BPF 39
    const capabilities = ((1n << 12n) | (1n << 19n) | (1n << 38n) | (1n << 39n)).toString(16).padStart(16, "0");
    assert.match(status, new RegExp(`^CapEff:\\t${capabilities}$`, "m"));
    assert.match(status, new RegExp(`^CapBnd:\\t${capabilities}$`, "m"));
    assert.match(status, /^NoNewPrivs:\t1$/m);
    assert.match(status, /^Seccomp:\t2$/m);
  });

  it("watches in the kernel lane", async () => {
    await until("the journal to say so", async () => (/kernel lane/.test(await journal()) ? true : undefined));
  });

  it("is exposed 2.0 at most, by systemd-analyze security", async () => {
    const score = /exposure level for wallwatch.service: ([\d.]+)/.exec(
      await run("systemd-analyze security --no-pager wallwatch.service"),
    );
    assert.ok(Number(score?.[1]) <= 2, score?.[0]);
  });

  for (const command of ["iptables -F", "nft flush ruleset", "systemctl stop firewalld"]) {
    it(`${command} is an alert`, async () => assert.deepEqual(await alertsOf(command), [command]));
  }

  it("ufw disable is an alert", async () => {
    const [first] = await alertsOf("ufw disable");
    assert.match(first ?? "", /ufw disable$/);
  });

  for (const command of ["iptables -L", "ufw status", "nft list ruleset", "systemctl is-active dbus"]) {
    it(`${command} is none`, async () => assert.deepEqual(await alertsOf(command), []));
  }

  it("lets its group read the log, and nobody else", async () => {
    assert.equal((await run(`stat --format %U:%G:%a ${ALERT_LOG}`)).trim(), "wallwatch:wallwatch:640");
    assert.equal((await run("stat --format %a /var/log/wallwatch")).trim(), "750");
  });

  it("comes back after kill -9", async () => {
    const pid = await active();
    await run(`kill -9 ${pid}`);
    await active(pid);
    assert.deepEqual(await alertsOf("nft flush ruleset"), ["nft flush ruleset"]);
  });

  it("is ended and started again by the watchdog where it hangs", async () => {
    const pid = await active();
    await run(`kill -STOP ${pid}`);
    await active(pid);
    assert.match(await journal(), /[Ww]atchdog timeout/);
  });

  it("is restarted by an upgrade, which keeps the alerts", async () => {
    const pid = await active();
    const before = readFileSync(ALERT_LOG, "utf8");
    const version = await run("wallwatch --version");
    await run(`dpkg --install ${packageOf("current")}`);
    await active(pid);
    assert.notEqual(await run("wallwatch --version"), version);
    assert.ok(readFileSync(ALERT_LOG, "utf8").startsWith(before), "the log does not begin as it was");
    assert.deepEqual(await alertsOf("nft flush ruleset"), ["nft flush ruleset"]);
  });

  it("goes back to the package before, and reads its own log", async () => {
    const before = readFileSync(ALERT_LOG, "utf8");
    const pid = await active();
    await run(`dpkg --install ${packageOf("previous")}`);
    await active(pid);
    assert.ok(readFileSync(ALERT_LOG, "utf8").startsWith(before), "the log does not begin as it was");
    assert.deepEqual(await alertsOf("nft flush ruleset"), ["nft flush ruleset"]);
    await run(`dpkg --install ${packageOf("current")}`);
    await active();
  });

  it("is in the kernel lane by what check says", async () => {
    assert.match(await run("wallwatch check"), /^ok +lane +kernel/m);
  });

  it("stays small", async () => {
    const [, kibibytes] = /^VmRSS:\s+(\d+) kB$/m.exec(statusOf(await active())) ?? [];
    console.log(`      ${Math.round(Number(kibibytes) / 1024)} MiB resident, ${alerts().length} alerts raised`);
    assert.ok(Number(kibibytes) < 130 * 1024, `${kibibytes} KiB resident`);
    assert.ok(logLines().length > 0);
  });
});
