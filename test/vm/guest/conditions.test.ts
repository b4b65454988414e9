import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";

import { assertAllArrivedOnce, delivered } from "./host_sink.js";
import { active, alertsOf, ALERT_LOG, CONFIG, journal, journalSays, logLines, output, PATIENCE } from "./service.js";
import { property, run, toldAfter, until } from "./service.js";

const DROP_IN = "/etc/systemd/system/wallwatch.service.d/conditions.conf";
const LOCKDOWN = "/sys/kernel/security/lockdown";

/** Starts the service anew under further directives. */
async function restartWith(...directives: string[]): Promise<void> {
  mkdirSync(DROP_IN.slice(0, DROP_IN.lastIndexOf("/")), { recursive: true });
  // What is under way to the sink may be sent again by the next run.
  if ((await property("ActiveState")) === "active") await delivered();
  writeFileSync(DROP_IN, ["[Service]", ...directives, ""].join("\n"));
  await run("systemctl daemon-reload");
  try {
    await run("systemctl restart wallwatch");
  } catch (cause) {
    throw new Error(await journal(), { cause });
  }
}

interface Status {
  readonly lane: string;
  readonly degraded: readonly string[];
}

const status = async (): Promise<Status> => JSON.parse(await output("wallwatch status --json")) as Status;

/** In the proc lane a short process may win the race with its reader; one of three must not. */
async function assertWatches(): Promise<void> {
  for (let tries = 3; tries > 0; tries--) {
    if ((await alertsOf("nft flush ruleset")).includes("nft flush ruleset")) return;
  }
  assert.fail(`it does not watch\n${await journal()}`);
}

describe("the installed service under other conditions", function () {
  this.timeout(3 * PATIENCE);
  let config: string;

  before(() => {
    config = readFileSync(CONFIG, "utf8");
  });

  after(async () => {
    rmSync(DROP_IN, { force: true });
    writeFileSync(CONFIG, config);
    await run("systemctl daemon-reload");
    await delivered();
    await run("systemctl restart wallwatch");
    // After it the machine is shut down.
    await assertAllArrivedOnce();
  });

  it("systemctl reload keeps the process, and reads the configuration again", async () => {
    const pid = await active();
    writeFileSync(CONFIG, config.replace("[labels]", '[labels]\nsite = "guest"'));
    const from = logLines().length;
    await run("systemctl reload wallwatch");
    await toldAfter(from, "configuration-reloaded");
    assert.equal(await active(), pid);
    await run("nft flush ruleset");
    await until("a labelled alert", () => {
      const text = readFileSync(ALERT_LOG, "utf8");
      return text.includes('"site":"guest"') ? text : undefined;
    });
  });

  it("systemctl reload fails where the configuration is refused, which the journal explains, and keeps the process", async () => {
    const pid = await active();
    writeFileSync(CONFIG, `tgas = ["new"]\n${config}`);
    try {
      await assert.rejects(run("systemctl reload wallwatch"), /Job for wallwatch\.service failed/);
    } finally {
      writeFileSync(CONFIG, config);
    }
    assert.equal(await property("ReloadResult"), "exit-code");
    await journalSays(/wallwatch\.toml:1:1: there is no key tgas/);
    assert.equal(await active(), pid);
  });

  for (const [what, directive, expected] of [
    ["BTF", "InaccessiblePaths=/sys/kernel/btf/vmlinux", /BTF|btf/],
    [
      "libbpf",
      "InaccessiblePaths=-/usr/lib/x86_64-linux-gnu/libbpf.so.0 -/usr/lib/x86_64-linux-gnu/libbpf.so.1",
      /libbpf/,
    ],
    ["CAP_BPF", "CapabilityBoundingSet=~CAP_BPF\nAmbientCapabilities=~CAP_BPF", /EPERM|not permitted|privilege/i],
  ] as const) {
    it(`without ${what} it watches in the proc lane, and says why`, async () => {
      await restartWith(directive);
      const { lane, degraded } = await status();
      assert.equal(lane, "proc", degraded.join("\n"));
      assert.match(degraded.join("\n"), expected);
      await assertWatches();
    });
  }

  it("without CAP_NET_ADMIN it ends with 77 and one sentence", async () => {
    // The next try would begin while this one is looked at.
    const once = "Restart=no";
    await assert.rejects(
      restartWith("CapabilityBoundingSet=~CAP_NET_ADMIN", "AmbientCapabilities=~CAP_NET_ADMIN", once),
    );
    assert.equal(await property("ExecMainStatus"), "77", await journal());
    await journalSays(/CAP_NET_ADMIN/);
  });

  // There is no way back from it but a reboot, so it comes last.
  it("under lockdown=confidentiality it watches in the proc lane, and says why", async function () {
    if (!existsSync(LOCKDOWN)) {
      console.log("      skipped: this kernel has no lockdown");
      this.skip();
    }
    writeFileSync(LOCKDOWN, "confidentiality");
    await restartWith();
    const { lane, degraded } = await status();
    assert.equal(lane, "proc", degraded.join("\n"));
    assert.match(await output("wallwatch check"), /^warning +lockdown/m);
    await assertWatches();
  });
});
