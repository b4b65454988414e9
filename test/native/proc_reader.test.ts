import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { closeSync, mkdirSync, openSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { addon, readProcess } from "./addon.js";
import { FakeProc } from "./fake_proc.js";

const TICK = 10_000_000n;

describe("what is read of a process in /proc", () => {
  let proc: FakeProc;
  beforeEach(() => {
    proc = new FakeProc();
  });
  afterEach(() => {
    proc.remove();
  });

  const read = (pid: number, environment: string[] = []) => {
    const record = readProcess(pid, proc.root, environment);
    assert.ok(record);
    return record;
  };

  it("all that a complete process has", () => {
    proc.add(1, { comm: "systemd", args: "/sbin/init\0", start: 1 });
    proc.add(50, { comm: "bash", args: "-bash\0", start: 300, ppid: 1 });
    proc.add(60, { comm: "ufw", args: "ufw\0", start: 400, ppid: 50 });
    proc.add(77, {
      comm: "iptables",
      args: "iptables\0-F\0",
      ppid: 60,
      pgrp: 60,
      session: 50,
      tty: 0x8801, // pts/1: 136, 1
      start: 4711,
      path: "/usr/sbin/iptables",
      exe: "/usr/sbin/xtables-nft-multi",
      cwd: "/root",
      files: {
        status:
          "Name:\tiptables\nTracerPid:\t9\nUid:\t1000\t0\t0\t0\nGid:\t1000\t5\t6\t6\nNSpid:\t77\t3\n" +
          "CapInh:\t0\nCapPrm:\t000001ffffffffff\nCapEff:\t0000000000003000\n",
        loginuid: "1000",
        sessionid: "42",
        cgroup: "1:name=systemd:/x\n0::/user.slice/user-1000.slice/session-42.scope\n",
        environ: "HOME=/root\0LD_PRELOAD=/tmp/x.so\0LD_LIBRARY_PATH=\0",
      },
      namespaces: { pid: 4026531836, net: 4026531840, mnt: 4026531841, user: 4026531837 },
    });
    const record = read(77, ["LD_PRELOAD", "LD_AUDIT"]);
    assert.equal(record.lane, "proc");
    assert.equal(record.fieldsMissing, true);
    assert.equal(record.pid, 77);
    assert.equal(record.self.start, 4711n * TICK);
    assert.deepEqual(record.args, ["iptables", "-F"]);
    assert.equal(record.argsCount, 2);
    assert.equal(record.argsSize, 12);
    assert.equal(record.argsWhole, true);
    assert.equal(record.path, "/usr/sbin/iptables");
    assert.equal(record.pathCut, false);
    assert.equal(record.executable, "/usr/sbin/xtables-nft-multi");
    assert.equal(record.name, "iptables");
    assert.equal(record.comm, "iptables");
    assert.equal(record.workingDirectory, "/root");
    assert.equal(record.cgroup, "/user.slice/user-1000.slice/session-42.scope");
    assert.deepEqual(record.environment, ["LD_PRELOAD=/tmp/x.so"]);
    assert.equal(record.traced, true);
    assert.deepEqual([record.uid, record.euid, record.suid], [1000, 0, 0]);
    assert.deepEqual([record.gid, record.egid, record.sgid], [1000, 5, 6]);
    assert.equal(record.capPermitted, 0x1ff_ffff_ffffn);
    assert.equal(record.capEffective, 0x3000n);
    assert.equal(record.loginUid, 1000);
    assert.equal(record.auditSession, 42);
    assert.deepEqual(record.tty, { major: 136, minor: 1 });
    assert.deepEqual(record.namespaces, { pid: 4026531836, net: 4026531840, mnt: 4026531841, user: 4026531837 });
    assert.equal(record.localPid, 3);
    assert.deepEqual([record.parent.pid, record.parent.start], [60, 400n * TICK]);
    assert.equal(record.parentComm, "ufw");
    assert.deepEqual([record.sessionLeader.pid, record.sessionLeader.start], [50, 300n * TICK]);
    assert.deepEqual([record.groupLeader.pid, record.groupLeader.start], [60, 400n * TICK]);
  });

  it("what a process does not show is missing, not guessed", () => {
    proc.add(77, { args: "x\0", ppid: 60, session: 0, pgrp: 0 });
    const record = read(77, ["LD_PRELOAD"]);
    assert.equal(record.path, undefined);
    assert.equal(record.pathCut, true);
    assert.equal(record.executable, undefined);
    assert.equal(record.workingDirectory, undefined);
    assert.equal(record.cgroup, undefined);
    assert.equal(record.environmentCut, true);
    assert.equal(record.uid, undefined);
    assert.equal(record.gid, undefined);
    assert.equal(record.loginUid, undefined);
    assert.equal(record.auditSession, undefined);
    assert.equal(record.tty, undefined);
    assert.equal(record.localPid, undefined);
    assert.deepEqual(record.namespaces, { pid: undefined, net: undefined, mnt: undefined, user: undefined });
    assert.deepEqual([record.parent.pid, record.parent.start], [60, 0n]);
    assert.equal(record.parentComm, undefined);
  });

  it("argv is the exact bytes: empty arguments, newlines, what is not UTF-8", () => {
    const args = ["", "a\nb", "", "\xff\xfe", ""];
    proc.add(77, { args: args.map((arg) => `${arg}\0`).join("") });
    const record = read(77);
    assert.deepEqual(record.args, ["", "a\nb", "", "\ufffd\ufffd", ""]);
    assert.equal(record.argsCount, 5);
    assert.equal(record.argsInvalidUtf8, true);
  });

  it("argv beyond a mebibyte is cut, and its count is exact all the same", () => {
    proc.add(77, { args: "0123456789abcde\0".repeat(70_000) });
    const record = read(77);
    assert.equal(record.argsCount, 70_000);
    assert.equal(record.argsSize, 16 * 70_000);
    assert.equal(record.argsWhole, false);
    assert.equal(record.args.length, (1 << 20) / 16);
  });

  it("a deleted executable and working directory are marked, a name that only looks so is not", () => {
    proc.add(77, { args: "x\0", exe: "/tmp/gone (deleted)", cwd: "/tmp/old (deleted)" });
    const gone = read(77);
    assert.equal(gone.executable, "/tmp/gone");
    assert.equal(gone.executableDeleted, true);
    assert.equal(gone.workingDirectory, "/tmp/old");
    assert.equal(gone.workingDirectoryDeleted, true);

    const name = join(proc.root, "here (deleted)");
    writeFileSync(name, "");
    mkdirSync(join(proc.root, "folder (deleted)"));
    proc.add(78, { args: "x\0", exe: name, cwd: join(proc.root, "folder (deleted)") });
    const there = read(78);
    assert.equal(there.executable, name);
    assert.equal(there.executableDeleted, false);
    assert.equal(there.workingDirectory, join(proc.root, "folder (deleted)"));
    assert.equal(there.workingDirectoryDeleted, false);
  });

  it("a memfd is named whole, slashes included", () => {
    proc.add(77, { args: "x\0", exe: "/memfd:runc_cloned:/proc/self/exe (deleted)" });
    const record = read(77);
    assert.equal(record.executable, "/memfd:runc_cloned:/proc/self/exe");
    assert.equal(record.name, "memfd:runc_cloned:/proc/self/exe");
  });

  it("a parent or session leader that is younger is another process with this pid", () => {
    proc.add(60, { comm: "younger", args: "x\0", start: 5000 });
    proc.add(77, { args: "x\0", ppid: 60, session: 60, pgrp: 60, start: 4711 });
    const record = read(77);
    assert.deepEqual([record.parent.pid, record.parent.start], [60, 0n]);
    assert.equal(record.parentComm, undefined);
    assert.equal(record.sessionLeader.start, 0n);
    assert.equal(record.groupLeader.start, 5000n * TICK); // one may join the group of a younger process
  });

  it("a process may call itself what it likes", () => {
    proc.add(77, { args: "x\0", comm: "a) S 1 (b" });
    assert.equal(read(77).comm, "a) S 1 (b");
  });

  it("an environment variable is known by its whole name", () => {
    const environ = ["LD_PRELOA=1", "LD_PRELOADED=2", "XLD_PRELOAD=3", "LD_PRELOAD=4", "LD_PRELOAD", "LD_PRELOAD=5=6"];
    proc.add(77, { args: "x\0", files: { environ: environ.map((each) => `${each}\0`).join("") } });
    const record = read(77, ["LD_PRELOAD"]);
    assert.deepEqual(record.environment, ["LD_PRELOAD=4", "LD_PRELOAD=5=6"]);
    assert.equal(record.environmentCut, false);
  });

  it("nothing of a process that is not there, that has neither argv nor executable, or whose stat is broken", () => {
    proc.add(2, { comm: "kthreadd", flags: 0x200000 });
    proc.add(78, { args: "x\0" });
    writeFileSync(join(proc.root, "78", "stat"), "78 (x) S 1");
    for (const pid of [2, 77, 78]) assert.equal(readProcess(pid, proc.root), null);
  });

  it("nothing of a process that is younger than the moment asked about", () => {
    proc.add(77, { args: "x\0", start: 2 ** 40 });
    assert.equal(readProcess(77, proc.root), null);
  });

  it("a folder that is not there is an error that says so", () => {
    assert.throws(() => readProcess(1, join(proc.root, "none")), { code: "ENOENT", syscall: "open" });
  });

  it("a process that keeps its reader waiting is given up", () => {
    proc.add(77, { args: "x\0" });
    const cmdline = join(proc.root, "77", "cmdline");
    rmSync(cmdline);
    execFileSync("mkfifo", [cmdline]); // whoever opens it waits for a writer
    assert.equal(readProcess(77, proc.root), null);
    assert.throws(() => addon.readMemoryFile(cmdline), { code: "ETIMEDOUT", syscall: "read" });
    proc.add(78, { args: "\xffx\0" });
    assert.equal(addon.readMemoryFile(join(proc.root, "78", "cmdline")), "\xffx\0");
    assert.throws(() => addon.readMemoryFile(join(proc.root, "none")), { code: "ENOENT", syscall: "open" });
    closeSync(openSync(cmdline, "r+")); // lets those go who still wait
  });

  it("the test's own process, from the real /proc", () => {
    const record = readProcess(process.pid);
    assert.ok(record);
    assert.deepEqual(record.args.slice(0, 1), [process.argv0]);
    assert.equal(record.parent.pid, process.ppid);
    assert.equal(record.workingDirectory, process.cwd());
    assert.equal(record.executable, process.execPath);
  });
});
