import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { gzipSync } from "node:zlib";

import { CAPABILITY, hasCapability, readHostState } from "../../src/cli/host_state.js";

describe("what the host says of itself", () => {
  let root: string;
  beforeEach(() => (root = mkdtempSync(join(tmpdir(), "wallwatch-root-"))));
  afterEach(() => rmSync(root, { recursive: true }));

  function file(path: string, content: string | Buffer): void {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), content);
  }

  function namespace(pid: string, kind: string, inode: number): void {
    mkdirSync(join(root, "proc", pid, "ns"), { recursive: true });
    symlinkSync(`${kind}:[${inode}]`, join(root, "proc", pid, "ns", kind));
  }

  it("is read from /proc, /sys and /boot", () => {
    file("proc/self/status", "Name:\tnode\nUid:\t1000\t33\t1000\t1000\nCapEff:\t0000004000001000\n");
    file("proc/sys/kernel/osrelease", "6.1.0-18-amd64\n");
    file("boot/config-6.1.0-18-amd64", "CONFIG_CONNECTOR=y\nCONFIG_PROC_EVENTS=y\n");
    file("sys/kernel/btf/vmlinux", "");
    file("sys/kernel/security/lockdown", "none [integrity] confidentiality\n");
    namespace("self", "pid", 4026531836);
    namespace("self", "user", 4026531837);
    namespace("self", "net", 4026531840);
    namespace("1", "net", 4026531840);
    const state = readHostState(root);
    assert.deepEqual(state, {
      uid: 33,
      capabilities: (1n << 38n) | (1n << 12n),
      namespaces: { pid: true, user: true, net: true },
      kernel: "6.1.0-18-amd64",
      hasProcEvents: true,
      hasBtf: true,
      lockdown: "integrity",
    });
    assert.equal(hasCapability(state, CAPABILITY.netAdmin), true);
    assert.equal(hasCapability(state, CAPABILITY.bpf), false);
  });

  it("tells a container's namespaces from the host's", () => {
    namespace("self", "pid", 4026532555);
    namespace("self", "user", 4026532556);
    namespace("self", "net", 4026532557);
    namespace("1", "net", 4026531840);
    assert.deepEqual(readHostState(root).namespaces, { pid: false, user: false, net: false });
  });

  it("is unknown where it cannot be read", () => {
    file("proc/self/status", "");
    namespace("self", "net", 4026531840); // that of process 1 is not for everybody to see
    const state = readHostState(root);
    assert.deepEqual(state.namespaces, { pid: undefined, user: undefined, net: undefined });
    assert.equal(state.hasProcEvents, undefined);
    assert.equal(state.lockdown, undefined);
    assert.equal(state.hasBtf, false);
    assert.equal(state.capabilities, 0n);
  });

  it("takes the kernel's options from /proc/config.gz where that is there", () => {
    file("proc/config.gz", gzipSync("# CONFIG_PROC_EVENTS is not set\n"));
    assert.equal(readHostState(root).hasProcEvents, false);
  });
});
