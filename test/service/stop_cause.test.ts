import assert from "node:assert/strict";

import { stopCause, type StopEvidence } from "../../src/service/stop_cause.js";
import type { Witnessed, WitnessedAncestor } from "../../src/service/stop_witness.js";

const AT = 1_000_000;

function exec(command: string, more: Partial<Witnessed> = {}): Witnessed {
  const [name = "", ...args] = command.split(" ");
  return { time: AT - 500, name, args, isByInit: false, ancestors: [], fields: {}, ...more };
}

function evidence(seen: readonly Witnessed[], more: Partial<StopEvidence> = {}): StopEvidence {
  return {
    signal: "SIGTERM",
    at: AT,
    seen,
    isHostStopping: false,
    isService: true,
    pid: 4711,
    unit: "wallwatch",
    ...more,
  };
}

const DPKG: WitnessedAncestor = { path: "/usr/bin/dpkg", executable: "/usr/bin/dpkg", args: ["dpkg", "--configure"] };

function script(path: string, ...args: readonly string[]): WitnessedAncestor {
  return { path, executable: "/usr/bin/dash", args: ["/bin/sh", path, ...args] };
}

describe("why the agent is told to end", () => {
  for (const command of [
    "systemctl stop wallwatch",
    "systemctl --no-block stop wallwatch.service",
    "systemctl kill -s KILL wallwatch",
    "systemctl stop ssh wall*",
    "systemctl disable --now wallwatch.service",
    "service wallwatch stop",
    "wallwatch stop",
    "kill -TERM 4711",
    "pkill -f wallwatch",
    "killall node",
    "busctl call org.freedesktop.systemd1 /o Manager StopUnit ss wallwatch.service replace",
    "dbus-send --system /o Manager.StopUnit string:wallwatch.service string:replace",
  ]) {
    it(`is ${command}`, () => {
      const by = exec(command);
      assert.deepEqual(stopCause(evidence([by])), { reason: "stop", isExpected: false, by });
    });
  }

  it("is a restart where the command says so", () => {
    const by = exec("systemctl restart wallwatch");
    assert.deepEqual(stopCause(evidence([by])), { reason: "restart", isExpected: false, by });
  });

  for (const command of [
    "systemctl status wallwatch",
    "systemctl stop ssh",
    "systemctl stop nginx wallwatcher",
    "service ssh stop",
    "kill 4712",
    "kill -0 47110",
    "pkill sshd",
    "wallwatch status",
  ]) {
    it(`is not ${command}`, () => {
      assert.deepEqual(stopCause(evidence([exec(command)])), {
        reason: "signal",
        isExpected: false,
        by: undefined,
      });
    });
  }

  it("is the latest command that explains it, and none of long ago", () => {
    const old = exec("systemctl stop wallwatch", { time: AT - 120_000 });
    const by = exec("systemctl stop wallwatch", { time: AT - 10 });
    assert.equal(stopCause(evidence([exec("systemctl status wallwatch"), by, old])).by, by);
    assert.equal(stopCause(evidence([old])).reason, "signal");
  });

  it("is a shutdown where systemd says so, with the command that began it", () => {
    const by = exec("systemctl reboot", { time: AT - 20_000 });
    assert.deepEqual(stopCause(evidence([exec("systemctl stop wallwatch"), by], { isHostStopping: true })), {
      reason: "shutdown",
      isExpected: true,
      by,
    });
  });

  it("is no shutdown where systemd says that there is none, whatever was executed", () => {
    const seen = [exec("systemctl reboot --help"), exec("systemd-user-sessions stop", { isByInit: true })];
    assert.deepEqual(stopCause(evidence(seen)), { reason: "signal", isExpected: false, by: undefined });
  });

  it("is a shutdown by what systemd executes where it cannot be asked any more, and by nobody else's", () => {
    const going = { isHostStopping: undefined };
    const by = exec("shutdown -h now");
    const sign = exec("systemd-user-sessions stop", { isByInit: true });
    assert.deepEqual(stopCause(evidence([sign, by], going)), { reason: "shutdown", isExpected: true, by });
    assert.equal(stopCause(evidence([exec("systemd-user-sessions stop"), by], going)).reason, "signal");
    assert.equal(stopCause(evidence([by], going)).reason, "signal");
    assert.equal(stopCause(evidence([sign, exec("systemctl stop wallwatch")], going)).reason, "stop");
  });

  it("is an upgrade where the package's scripts stop or restart it, and a removal where they say so", () => {
    const info = "/var/lib/dpkg/info/wallwatch";
    const cases: [string, WitnessedAncestor[], string, boolean][] = [
      ["systemctl stop wallwatch.service", [script(`${info}.prerm`, "upgrade", "0.2.0"), DPKG], "upgrade", true],
      [
        "systemctl restart wallwatch.service",
        [script(`${info}.postinst`, "configure", "0.1.0"), DPKG],
        "upgrade",
        true,
      ],
      ["systemctl stop wallwatch.service", [script(`${info}.prerm`, "remove"), DPKG], "removal", false],
      ["systemctl stop wallwatch.service", [script("/tmp/wallwatch.prerm", "upgrade"), DPKG], "stop", false],
      ["systemctl stop wallwatch.service", [script(`${info}.prerm`, "upgrade")], "stop", false],
    ];
    for (const [command, ancestors, reason, isExpected] of cases) {
      const by = exec(command, { ancestors });
      assert.deepEqual(stopCause(evidence([by])), { reason, isExpected, by });
    }
  });

  it("is the terminal for what was started there", () => {
    const terminal = { isService: false, signal: "SIGINT" } as const;
    assert.deepEqual(stopCause(evidence([], terminal)), { reason: "terminal", isExpected: true, by: undefined });
    assert.equal(stopCause(evidence([], { ...terminal, isService: true })).reason, "signal");
    assert.equal(stopCause(evidence([], { ...terminal, signal: "SIGTERM" })).reason, "signal");
  });

  it("is a fault where nobody told it to", () => {
    assert.deepEqual(stopCause(evidence([exec("systemctl stop wallwatch")], { signal: undefined })), {
      reason: "fault",
      isExpected: false,
      by: undefined,
    });
  });
});
