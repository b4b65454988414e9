import assert from "node:assert/strict";

import { type EntryCandidate, entryTypeOf } from "../../src/process/entry.js";

const PSEUDO = { major: 136, minor: 3 };
const SERIAL = { major: 4, minor: 64 };
const CONSOLE = { major: 4, minor: 1 };

function candidate(input: Partial<EntryCandidate> & { pid?: number }): EntryCandidate {
  const { pid = 1000, ...rest } = input;
  const key = { pid, start: 0n, startTicks: 0 };
  return { key, session: pid, name: "bash", tty: undefined, parentPid: 900, parentName: "bash", ...rest };
}

describe("entryTypeOf", () => {
  const cases: [string, Parameters<typeof candidate>[0], ReturnType<typeof entryTypeOf>][] = [
    ["a service of init", { name: "rsyslogd", parentPid: 1, parentName: "systemd" }, "init"],
    ["a shell that sshd starts", { tty: PSEUDO, parentName: "sshd" }, "sshd"],
    ["a shell that OpenSSH 9.8's sshd-session starts", { tty: PSEUDO, parentName: "sshd-session" }, "sshd"],
    ["a command without a terminal that sshd starts", { name: "rsync", parentName: "sshd" }, "sshd"],
    ["sshd's own process for a connection", { name: "sshd", parentName: "sshd" }, undefined],
    ["sshd-session", { name: "sshd-session", parentName: "sshd" }, undefined],
    ["a shell of AWS' session manager", { tty: PSEUDO, parentName: "ssm-session-worker" }, "ssm"],
    ["a shell of teleport", { tty: PSEUDO, parentName: "teleport" }, "teleport"],
    ["a command of kubelet", { name: "mount", parentName: "kubelet" }, "kubelet"],
    ["a container's first process", { name: "nginx", parentName: "runc" }, "container"],
    ["the same, with runc as a memfd", { name: "nginx", parentName: "memfd:runc_cloned:/proc/self/exe" }, "container"],
    ["the same, below containerd's shim", { name: "pause", parentName: "containerd-shim-runc-v2" }, "container"],
    ["the same, below podman's monitor", { name: "sh", parentName: "conmon" }, "container"],
    ["a container's runtime itself", { name: "runc", parentName: "containerd-shim-runc-v2" }, undefined],
    ["what runs on a serial line", { name: "agetty", tty: SERIAL, parentPid: 1, parentName: "systemd" }, "terminal"],
    [
      "what runs on a hypervisor's console",
      { name: "agetty", tty: { major: 229, minor: 0 }, parentPid: 1 },
      "terminal",
    ],
    ["login on the console", { name: "login", tty: CONSOLE, parentPid: 1, parentName: "systemd" }, "console"],
    ["a shell below login on the console", { tty: CONSOLE, parentName: "login" }, undefined],
    ["a session opened within another", { name: "tmux: server", parentName: "bash" }, undefined],
    ["su", { name: "su", tty: PSEUDO, parentName: "bash" }, undefined],
    ["a process that leads no session", { session: 999, parentPid: 1, parentName: "systemd" }, undefined],
    ["init", { pid: 1, name: "systemd", parentPid: 0, parentName: undefined }, undefined],
    ["what an unknown parent starts", { parentName: undefined }, undefined],
  ];
  for (const [what, input, type] of cases) {
    it(`${type ?? "none"}: ${what}`, () => assert.equal(entryTypeOf(candidate(input)), type));
  }
});
