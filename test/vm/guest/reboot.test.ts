import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";

import { assertAllArrivedOnce } from "./host_sink.js";
import {
  active,
  alerts,
  alertsOf,
  ALERT_LOG,
  assertAlert,
  FENCE,
  journal,
  logLines,
  PATIENCE,
  property,
} from "./service.js";
import { run, toldAfter } from "./service.js";

/** Microseconds since the kernel started. */
async function monotonic(unit: string, name: string): Promise<number> {
  return Number(await run(`systemctl show --value --property ${name}TimestampMonotonic ${unit}`));
}

describe("the installed service after a reboot", function () {
  this.timeout(3 * PATIENCE);
  this.bail(true);

  it("is active, at its first try, and began before the network", async () => {
    await active();
    assert.equal(await property("NRestarts"), "0", await journal());
    const [began, ready, network] = await Promise.all([
      monotonic("wallwatch.service", "InactiveExit"),
      monotonic("wallwatch.service", "ActiveEnter"),
      monotonic("network-pre.target", "ActiveEnter"),
    ]);
    console.log(`      started ${began / 1e6} s after the kernel, ready after ${(ready - began) / 1e6} s more`);
    assert.ok(ready < network, `ready at ${ready}, network-pre.target at ${network}`);
  });

  it("tells the shutdown as one, and boot and shutdown raised nothing", async () => {
    const end = logLines().findLastIndex(({ event }) => event.action === "agent-stopped");
    assert.equal(logLines()[end]?.wallwatch?.stopped?.reason, "shutdown");
    assert.equal((await toldAfter(end, "agent-started")).wallwatch?.started?.last_run?.ended, "orderly");
    await alertsOf("true");
    const raised = logLines()
      .slice(end)
      .filter(({ event, process }) => event.kind === "alert" && process?.command_line !== FENCE);
    assert.deepEqual(raised, []);
  });

  it("has the alerts of before, and raises new ones, all of which have arrived at the sink once", async () => {
    assert.ok(alerts().length > 5);
    await assertAlert("nft flush ruleset");
    console.log(`      ${await assertAllArrivedOnce()} alerts arrived at the host, each once`);
  });

  it("removal stops it and keeps configuration and log", async () => {
    const before = readFileSync(ALERT_LOG, "utf8");
    await run("apt-get remove --yes wallwatch");
    assert.equal(await property("ActiveState"), "inactive");
    assert.ok(existsSync("/etc/wallwatch/wallwatch.toml"));
    assert.ok(readFileSync(ALERT_LOG, "utf8").startsWith(before));
    assert.equal(logLines().at(-1)?.wallwatch?.stopped?.reason, "removal");
  });

  it("purging leaves nothing behind", async () => {
    await run("dpkg --purge wallwatch");
    for (const path of [
      "/etc/wallwatch",
      "/var/log/wallwatch",
      "/var/lib/wallwatch",
      "/usr/lib/wallwatch",
      "/run/wallwatch",
    ]) {
      assert.ok(!existsSync(path), path);
    }
    for (const file of ["passwd", "group", "shadow"]) {
      assert.doesNotMatch(readFileSync(`/etc/${file}`, "utf8"), /wallwatch/);
    }
    assert.equal(
      // The folder with an administrator's changes to the unit is not the package's.
      (await run("find /etc/systemd /var/lib/systemd -name wallwatch* -not -type d")).trim(),
      "",
    );
  });

  it("installing it again starts anew", async () => {
    const name = readdirSync("/share").find((file) => file.includes("~previous"));
    assert.ok(name !== undefined);
    await run(`dpkg --install /share/${name}`);
    await active();
    await assertAlert("nft flush ruleset");
    assert.deepEqual([...new Set(alerts())].sort(), [FENCE, "nft flush ruleset"], ALERT_LOG);
  });
});
