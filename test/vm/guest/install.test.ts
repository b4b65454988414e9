import assert from "node:assert/strict";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";

import { allowSink, assertAllArrivedOnce, configureSink, delivered, sink } from "./host_sink.js";
import { active, alerts, alertsOf, ALERT_LOG, assertAlert, journal, logLines, output, PATIENCE } from "./service.js";
import { journalSays, property, run, toldAfter } from "./service.js";

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
  this.timeout(3 * PATIENCE);
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

  it("watches in the kernel lane", () => journalSays(/kernel lane/));

  it("is exposed 2.0 at most, by systemd-analyze security", async () => {
    const score = /exposure level for wallwatch.service: ([\d.]+)/.exec(
      await run("systemd-analyze security --no-pager wallwatch.service"),
    );
    assert.ok(Number(score?.[1]) <= 2, score?.[0]);
  });

  it("reaches a sink once a drop-in allows it the network; until then check warns", async () => {
    configureSink();
    assert.match(await output("wallwatch check"), /^warning +service +wallwatch\.service may reach no address/m);
    allowSink();
    const pid = await active();
    await run("systemctl daemon-reload");
    await run("systemctl restart wallwatch");
    await active(pid);
    assert.match(await run("wallwatch check"), /^ok +service +/m);
    await assertAlert("nft flush ruleset");
    assert.ok((await assertAllArrivedOnce()) >= 2, "not the alert and the one after it");
  });

  for (const command of ["iptables -F", "iptables -X", "nft flush ruleset"]) {
    it(`${command} is an alert`, () => assertAlert(command));
  }

  it("a real systemctl stop firewalld is an alert; its start, and a look at it, are none", async () => {
    assert.deepEqual(await alertsOf("systemctl start firewalld"), []);
    assert.match(await run("systemctl is-active firewalld"), /^active/);
    assert.deepEqual(await alertsOf("systemctl --no-pager status firewalld"), []);
    await assertAlert("systemctl stop firewalld");
  });

  for (const service of ["firewalld", "ufw", "nftables"]) {
    it(`service ${service} stop is an alert, and so is the systemctl that it becomes`, async () => {
      const [first, second, ...others] = await alertsOf(`service ${service} stop`);
      assert.match(first ?? "", new RegExp(`/service ${service} stop$`));
      assert.match(second ?? "", new RegExp(`^systemctl .*stop ${service}\\.service$`));
      assert.deepEqual(others, []);
    });
  }

  it("a real ufw disable is alerts, the first of them its own; ufw enable is none", async () => {
    assert.deepEqual(await alertsOf("ufw --force enable"), []);
    assert.match(await run("ufw status"), /^Status: active/);
    const [first, ...others] = await alertsOf("ufw disable");
    assert.match(first ?? "", /ufw disable$/);
    assert.ok(others.length > 50, `${others.length} more`);
    assert.match(await run("ufw status"), /^Status: inactive/);
  });

  for (const command of ["iptables -L", "ufw status", "nft list ruleset", "systemctl --no-pager status firewalld"]) {
    it(`${command} is none`, async () => assert.deepEqual(await alertsOf(command), []));
  }

  it("lets its group read the log, and nobody else", async () => {
    assert.equal((await run(`stat --format %U:%G:%a ${ALERT_LOG}`)).trim(), "wallwatch:wallwatch:640");
    assert.equal((await run("stat --format %a /var/log/wallwatch")).trim(), "750");
  });

  it("comes back after kill -9, and tells of it", async () => {
    const pid = await active();
    await delivered();
    const from = logLines().length;
    const before = readFileSync(ALERT_LOG, "utf8");
    await run(`kill -9 ${pid}`);
    await active(pid);
    assert.equal((await toldAfter(from, "agent-started")).wallwatch?.started?.last_run?.ended, "killed");
    await assertAlert("nft flush ruleset");
    assert.ok(readFileSync(ALERT_LOG, "utf8").startsWith(before), "the log does not begin as it was");
    await assertAllArrivedOnce();
  });

  it("is ended and started again by the watchdog where it hangs, and tells of it", async () => {
    const pid = await active();
    await delivered();
    const from = logLines().length;
    await run(`kill -STOP ${pid}`);
    await active(pid);
    await journalSays(/[Ww]atchdog timeout/);
    assert.equal((await toldAfter(from, "agent-started")).wallwatch?.started?.last_run?.ended, "hang");
  });

  it("is restarted by an upgrade; alerts that wait for their sink then arrive, and apt raises none", async () => {
    await sink("away");
    await assertAlert("nft flush ruleset");
    const pid = await active();
    const from = logLines().length;
    const before = readFileSync(ALERT_LOG, "utf8");
    const version = await run("wallwatch --version");
    assert.deepEqual(await alertsOf(`apt-get install --yes ${packageOf("current")}`), []);
    await active(pid);
    assert.notEqual(await run("wallwatch --version"), version);
    assert.ok(readFileSync(ALERT_LOG, "utf8").startsWith(before), "the log does not begin as it was");
    assert.equal((await toldAfter(from, "agent-stopped")).wallwatch?.stopped?.reason, "upgrade");
    await assertAlert("nft flush ruleset");
    await sink("back");
    await assertAllArrivedOnce();
  });

  it("goes back to the package before, and reads its own log", async () => {
    const before = readFileSync(ALERT_LOG, "utf8");
    const pid = await active();
    await run(`apt-get install --yes --allow-downgrades ${packageOf("previous")}`);
    await active(pid);
    await assertAlert("nft flush ruleset");
    await delivered();
    await run(`dpkg --install ${packageOf("current")}`);
    await active();
    assert.ok(readFileSync(ALERT_LOG, "utf8").startsWith(before), "the log does not begin as it was");
    await assertAllArrivedOnce();
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
