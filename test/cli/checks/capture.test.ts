import assert from "node:assert/strict";

import type { HostProbe } from "../../../src/capture/probe.js";
import { captureChecks, laneOf } from "../../../src/cli/checks/capture.js";
import { EXIT } from "../../../src/cli/exit.js";
import type { HostState } from "../../../src/cli/host_state.js";
import type { Lane } from "../../../src/config/schema.js";

const STATE: HostState = {
  uid: 0,
  capabilities: (1n << 41n) - 1n,
  namespaces: { pid: true, user: true, net: true },
  kernel: "6.1.0-18-amd64",
  hasProcEvents: true,
  hasBtf: true,
  lockdown: undefined,
};
const LIBBPF = { file: "/usr/lib/x86_64-linux-gnu/libbpf.so.1.1.0", version: "1.1" };

function problem(code: string, syscall: string, log?: string) {
  return { code, syscall, message: `${syscall}: ${code}`, ...(log === undefined ? {} : { log }) };
}

function check(probe: HostProbe, wanted: Lane = "auto", state: Partial<HostState> = {}) {
  const [libbpf, lane, connector] = captureChecks(probe, wanted, { ...STATE, ...state });
  assert.ok(libbpf !== undefined && lane !== undefined && connector !== undefined);
  return { libbpf, lane, connector };
}

describe("the checks of capture", () => {
  it("find nothing wrong where everything worked", () => {
    const results = check({ libbpf: LIBBPF });
    assert.deepEqual(
      Object.values(results).map(({ status }) => status),
      ["ok", "ok", "ok"],
    );
    assert.match(results.libbpf.detail, /1\.1 \(\/usr\/lib/);
    assert.match(results.lane.detail, /^kernel/);
  });

  it("say which lane is left, and what would give the other", () => {
    const filterProblem = problem("EPERM", "bpf_object__load", "libbpf: first\nlibbpf: permission denied\n");
    const { lane } = check({ libbpf: LIBBPF, filterProblem });
    assert.equal(lane.status, "warning");
    assert.match(lane.detail, /^proc, .*EPERM \(libbpf: permission denied\)$/);
    assert.match(lane.cure ?? "", /CAP_BPF/);
    assert.equal(laneOf({ filterProblem }, "auto"), "proc");
    assert.equal(laneOf({ filterProblem }, "kernel"), undefined);
    assert.equal(laneOf({}, "proc"), "proc");
    assert.equal(laneOf({}, "auto"), "kernel");
  });

  it("fail where the lane that is configured cannot be had", () => {
    const { lane } = check({ libbpf: LIBBPF, filterProblem: problem("EINVAL", "bpf_object__load") }, "kernel");
    assert.equal(lane.status, "failed");
    assert.equal(lane.exitCode, EXIT.unavailable);
    assert.equal(
      check({ libbpf: LIBBPF, filterProblem: problem("EPERM", "bpf") }, "kernel").lane.exitCode,
      EXIT.privilege,
    );
  });

  for (const [what, probe, state, cure] of [
    [
      "a missing library",
      { libbpfProblem: problem("ENOENT", "dlopen"), filterProblem: problem("ENOENT", "dlopen") },
      {},
      /libbpf1/,
    ],
    [
      "an old library on a new kernel",
      { libbpf: { file: "/l", version: "0.5" }, filterProblem: problem("EINVAL", "bpf_object__load") },
      { kernel: "6.8.0-31-generic" },
      /libbpf 1\.0/,
    ],
    [
      "lockdown",
      { libbpf: LIBBPF, filterProblem: problem("EPERM", "bpf_object__load") },
      { lockdown: "confidentiality" },
      /integrity/,
    ],
    [
      "missing type information",
      { libbpf: LIBBPF, filterProblem: problem("ENOENT", "bpf_object__load") },
      { hasBtf: false },
      /BTF/,
    ],
    [
      "the bound on a socket's options",
      { libbpf: LIBBPF, filterProblem: problem("ENOMEM", "setsockopt") },
      {},
      /optmem_max/,
    ],
  ] as const) {
    it(`name the cure for ${what}`, () => assert.match(check(probe, "auto", state).lane.cure ?? "", cure));
  }

  it("name ENUM64 where an old library meets a new kernel, and only there", () => {
    const old = { libbpf: { file: "/l", version: "0.5.0" } };
    assert.match(check(old, "auto", { kernel: "6.8.0" }).libbpf.detail, /ENUM64/);
    assert.equal(check(old, "auto", { kernel: "6.1.0" }).libbpf.status, "ok");
    assert.equal(check({ libbpf: LIBBPF }, "auto", { kernel: "6.8.0" }).libbpf.status, "ok");
  });

  it("tell a connector that does not answer", () => {
    const { connector } = check({ libbpf: LIBBPF, listenProblem: problem("ENOACK", "listen") });
    assert.equal(connector.exitCode, EXIT.unavailable);
    assert.equal(check({ listenProblem: problem("EPERM", "bind") }).connector.exitCode, EXIT.privilege);
  });
});
