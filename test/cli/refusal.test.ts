import assert from "node:assert/strict";

import { EXIT } from "../../src/cli/exit.js";
import type { HostState } from "../../src/cli/host_state.js";
import { logRefusal, refusalOf, startRefusal } from "../../src/cli/refusal.js";
import { LogInUseError } from "../../src/log/lock.js";

const ALL = (1n << 41n) - 1n;

function state(input: Partial<HostState> = {}): HostState {
  return {
    uid: 0,
    capabilities: ALL,
    namespaces: { pid: true, user: true, net: true },
    kernel: "6.1.0",
    hasProcEvents: true,
    hasBtf: true,
    lockdown: "none",
    ...input,
  };
}

describe("why a host cannot be watched", () => {
  it("is nothing on a host, also where not everything is known", () => {
    assert.equal(refusalOf(state()), undefined);
    const unknown = { pid: undefined, user: undefined, net: undefined };
    assert.equal(refusalOf(state({ namespaces: unknown, hasProcEvents: undefined, uid: undefined })), undefined);
    assert.equal(refusalOf(state({ uid: 990, capabilities: 1n << 12n })), undefined, "a service need not be root");
  });

  for (const [kind, word] of [
    ["pid", "pid namespace"],
    ["user", "user namespace"],
    ["net", "network namespace"],
  ] as const) {
    it(`is a container where the ${word} is not the host's, whoever runs it`, () => {
      const namespaces = { pid: true, user: true, net: true, [kind]: false };
      for (const capabilities of [ALL, 0n]) {
        const refusal = refusalOf(state({ namespaces, capabilities }));
        assert.equal(refusal?.exitCode, EXIT.unavailable);
        assert.match(refusal.message, new RegExp(`container: its ${word}`));
        assert.match(refusal.cure ?? "", /on the host/);
      }
    });
  }

  it("is the missing privilege", () => {
    const refusal = refusalOf(state({ uid: 1000, capabilities: 0n }));
    assert.equal(refusal?.exitCode, EXIT.privilege);
    assert.match(refusal.message, /CAP_NET_ADMIN.*uid 1000/);
    assert.match(refusal.cure ?? "", /sudo/);
  });

  it("is the kernel's configuration", () => {
    const refusal = refusalOf(state({ hasProcEvents: false }));
    assert.equal(refusal?.exitCode, EXIT.unavailable);
    assert.match(refusal.message, /CONFIG_PROC_EVENTS/);
  });

  for (const [code, syscall, input, exitCode, text] of [
    ["ECONNREFUSED", "send", {}, EXIT.unavailable, /network namespace/],
    ["EPROTONOSUPPORT", "socket", {}, EXIT.unavailable, /CONFIG_PROC_EVENTS/],
    ["ENOACK", "listen", { hasProcEvents: undefined }, EXIT.unavailable, /CONFIG_PROC_EVENTS, or this is a container/],
    ["ENOACK", "listen", {}, EXIT.unavailable, /does not answer/],
    ["EPERM", "bind", {}, EXIT.privilege, /does not let this process/],
    ["EPERM", "bpf_object__load", {}, EXIT.privilege, /kernel lane was asked for/],
    ["ENOENT", "dlopen", {}, EXIT.unavailable, /kernel lane was asked for/],
    ["ERR_WALLWATCH_ADDON", undefined, {}, EXIT.unavailable, /words of the error/],
  ] as const) {
    it(`is told for ${code} of ${syscall ?? "the addon"}${"hasProcEvents" in input ? ", the configuration unknown" : ""}`, () => {
      const error = Object.assign(new Error("words of the error"), {
        code,
        ...(syscall === undefined ? {} : { syscall }),
      });
      const refusal = startRefusal(error, state(input));
      assert.equal(refusal?.exitCode, exitCode);
      assert.match(refusal.message, text);
      assert.ok(refusal.cure !== undefined);
      assert.doesNotMatch(refusal.message, /\n/);
    });
  }

  it("is not made up for what is no such error", () => {
    assert.equal(startRefusal(new TypeError("x"), state()), undefined);
    assert.equal(startRefusal(Object.assign(new Error("x"), { code: "EIO", syscall: "read" }), state()), undefined);
  });
});

describe("why an alert log cannot be opened", () => {
  for (const [error, exitCode, text] of [
    [new LogInUseError("/x", 77), EXIT.io, /process 77/],
    [Object.assign(new Error("EACCES: no"), { code: "EACCES" }), EXIT.privilege, /EACCES: no\.$/],
    [Object.assign(new Error("EISDIR: no"), { code: "EISDIR" }), EXIT.configuration, /EISDIR: no\.$/],
    [new Error("/x is not a regular file"), EXIT.configuration, /not a regular file\.$/],
  ] as const) {
    it(error.message, () => {
      const refusal = logRefusal(error, "/x");
      assert.equal(refusal?.exitCode, exitCode);
      assert.match(refusal.message, text);
      assert.match(refusal.cure ?? "", /--log FILE/);
    });
  }
});
