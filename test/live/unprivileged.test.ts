import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { join } from "node:path";

import { Agent, asUser, field, ONLY_RULE_111, type Alert } from "../support/agent.js";
import { describeLive } from "../support/live.js";
import { ROOT } from "../support/programs.js";
import { execBy, StandIns } from "../support/stand_ins.js";

/**
 * A service's user on a host that does not let it load the filter: what the proc lane needs, and no more. CAP_SYS_NICE stands
 * for the unit's LimitRTPRIO: without real-time priority a busy machine lets even a slow program go by.
 */
const user = { id: 65534, capabilities: ["+net_admin", "+sys_ptrace", "+sys_nice"] };

/** Why it cannot be tried here; undefined where it can. */
function obstacle(): string | undefined {
  if (process.geteuid?.() !== 0) return "needs root";
  const main = join(ROOT, "dist", "src", "main.js");
  const command: string[] = [...asUser(user), process.execPath, main, "--version"];
  const [program = "", ...args] = command;
  const { status, error, stderr } = spawnSync(program, args, { encoding: "utf8" });
  if (error !== undefined) return `needs setpriv: ${error.message}`;
  return status === 0
    ? undefined
    : `another user cannot run it where it lies here: ${stderr.trim().split("\n")[0] ?? ""}`;
}

describeLive(
  "the proc lane as an ordinary user with capabilities",
  function () {
    let agent: Agent;
    let standIns: StandIns;

    before(async () => {
      agent = await Agent.start({ user, config: ONLY_RULE_111 });
    });
    after(async () => {
      assert.equal(await agent.stop(), 0);
      agent.remove();
    });
    beforeEach(() => {
      standIns = new StandIns("proc");
    });
    afterEach(() => {
      standIns.remove();
    });

    const alertsOf = (action: () => Promise<void>): Promise<Alert[]> => agent.alertsFrom(standIns.folder, action);

    it("is what such a host gives, and why is said", async () => {
      const why = await agent.diagnostics.first((line) => line.includes("cannot be had"), "reason for the proc lane");
      assert.match(why, /"code":"EPERM"/);
      assert.match(why, /wallwatch check/);
    });

    it("tells of another user's exec what /proc lets it see, and leaves out the rest", async () => {
      const program = standIns.program("iptables");
      const [alert, ...others] = await alertsOf(() => standIns.run("iptables", "-F"));
      assert.ok(alert !== undefined);
      assert.equal(others.length, 0);
      const expected = {
        "process.name": "iptables",
        "process.executable": program,
        "process.args": [program, "-F"],
        "process.working_directory": "/",
        "process.user.id": "0",
        "process.real_user.id": "0",
        "process.parent.pid": process.pid,
        "wallwatch.capture.lane": "proc",
        "wallwatch.capture.args_whole": true,
        "wallwatch.capture.traced": false,
        "wallwatch.process.executable_deleted": false,
        // Their owner's alone, whatever the capabilities: /proc/PID/mem and environ.
        "wallwatch.process.path": undefined,
        "wallwatch.capture.path_whole": false,
        "process.env_vars": undefined,
        "wallwatch.capture.env_vars_whole": false,
        "wallwatch.process.compat_32bit": undefined,
      };
      for (const [name, value] of Object.entries(expected)) assert.deepEqual(field(alert, name), value, name);
    });

    it("knows a program by its name behind a symlink, and a script by its own", async () => {
      standIns.program("multi");
      standIns.symlink("iptables", standIns.path("multi"));
      standIns.script("ufw", "#!/bin/sh -e\nsleep 0.2\n");
      const alerts = await alertsOf(async () => {
        await standIns.run("iptables", "-F");
        await standIns.run("ufw", "disable");
      });
      assert.deepEqual(
        alerts.map((alert) => field(alert, "process.name")),
        ["iptables", "ufw"],
      );
    });

    it("names who forked it, where that never executed anything", async () => {
      const program = standIns.program("iptables");
      const [alert] = await alertsOf(() => execBy("fork-twice", program, [program, "-F"]));
      assert.ok(alert !== undefined);
      assert.equal(field(alert, "process.parent.name"), "exec_ways");
      assert.equal([field(alert, "process.parent.args")].flat()[1], "fork-twice");
    });

    it("sees the invoked path of a process of its own user", async () => {
      const program = standIns.program("iptables");
      const [alert] = await alertsOf(() => execBy("nobody", program, [program, "-F"]));
      assert.ok(alert !== undefined);
      assert.equal(field(alert, "process.user.id"), String(user.id));
      assert.equal(field(alert, "wallwatch.process.path"), program);
    });
  },
  obstacle(),
);
