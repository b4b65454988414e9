import assert from "node:assert/strict";
import { readFileSync, readlinkSync } from "node:fs";

import { ProcFs } from "../../src/process/procfs.js";
import { FakeProc } from "../support/proc.js";

describe("ProcFs", () => {
  let proc: FakeProc;
  let procfs: ProcFs;
  beforeEach(() => {
    proc = new FakeProc();
    procfs = new ProcFs(proc.root);
  });
  afterEach(() => proc.close());

  it("reads what a process runs", () => {
    proc.add(7, { startTicks: 99 });
    proc.add(42, {
      comm: "sshd",
      parentPid: 7,
      group: 41,
      session: 40,
      tty: 0x8805,
      startTicks: 123,
      args: ["/usr/sbin/sshd", "-D", ""],
      executable: "/usr/sbin/sshd",
      directory: "/root",
      uid: 33,
      euid: 0,
      gid: 34,
      capEffective: "0000000000001000",
      loginUid: 1000,
      auditSession: 5,
      cgroup: "/system.slice/ssh.service",
      localPids: [42, 3],
    });
    const program = procfs.read(42);
    assert(program);
    assert.deepEqual(program.self, { pid: 42, startTicks: 123, start: 1_230_000_000n });
    assert.deepEqual(program.creator, { pid: 7, startTicks: 99, start: 990_000_000n });
    assert.deepEqual([program.groupLeader.pid, program.sessionLeader.pid], [41, 40]);
    assert.equal(program.sessionLeader.startTicks, 0, "it is gone");
    assert.deepEqual(program.tty, { major: 136, minor: 5 });
    assert.deepEqual(program.args, ["/usr/sbin/sshd", "-D", ""]);
    assert.equal(program.argsCount, 3);
    assert.deepEqual([program.name, program.executable, program.workingDirectory], ["sshd", "/usr/sbin/sshd", "/root"]);
    assert.deepEqual([program.uid, program.euid, program.suid, program.gid], [33, 0, 33, 34]);
    assert.equal(program.capEffective, 0x1000n);
    assert.deepEqual([program.loginUid, program.auditSession], [1000, 5]);
    assert.equal(program.cgroup, "/system.slice/ssh.service");
    assert.equal(program.localPid, 3);
    assert.equal(program.source, "proc");
  });

  it("reads a name with anything in it", () => {
    proc.add(42, { comm: "a) S 1 (b\n", startTicks: 9 });
    const program = procfs.read(42);
    assert.equal(program?.comm, "a) S 1 (b\n");
    assert.equal(program.self.startTicks, 9);
  });

  it("takes the tracks of terminals with large numbers", () => {
    proc.add(42, { tty: 0x0010_8803 });
    assert.deepEqual(procfs.read(42)?.tty, { major: 136, minor: 259 });
  });

  it("knows a kernel thread by its flags", () => {
    proc.add(2, { comm: "kthreadd", kernelThread: true });
    const program = procfs.read(2);
    assert.deepEqual(
      [program?.source, program?.name, program?.args, program?.argsCount],
      ["kernel", "kthreadd", [], undefined],
    );
  });

  it("has nothing of a process that is gone", () => {
    assert.equal(procfs.read(42), undefined);
  });

  it("has nothing where the pid went to another process while it read", () => {
    proc.add(42, { startTicks: 100, args: ["before"] });
    const racing = new ProcFs(proc.root, (path) => {
      if (path.endsWith("/cmdline")) proc.add(42, { startTicks: 200, args: ["after"] });
      return readFileSync(path, "latin1");
    });
    assert.equal(racing.read(42), undefined);
  });

  it("has all but the arguments of a process that keeps its reader waiting", () => {
    proc.add(42, { comm: "hostile", startTicks: 100, args: ["x"], executable: "/opt/hostile" });
    const giveUp = (path: string): string => {
      throw Object.assign(new Error(`read ${path}`), { code: "ETIMEDOUT", syscall: "read" });
    };
    const program = new ProcFs(proc.root, undefined, giveUp).read(42);
    assert.deepEqual(
      [program?.name, program?.executable, program?.args, program?.argsCount],
      ["hostile", "/opt/hostile", [], undefined],
    );
  });

  describe("name", () => {
    const nameOf = (comm: string, executable: string | undefined, ...args: string[]): string | undefined => {
      proc.add(42, { comm, args, ...(executable === undefined ? {} : { executable }) });
      return procfs.read(42)?.name;
    };
    it("is the script's where that gave the process its name", () =>
      assert.equal(nameOf("ufw", "/usr/bin/python3.11", "/usr/bin/python3", "/usr/sbin/ufw", "disable"), "ufw"));
    it("is whole where the kernel's is cut", () =>
      assert.equal(nameOf("a-very-long-nam", "/opt/x", "/opt/a-very-long-name.sh"), "a-very-long-name.sh"));
    it("is the executable's where the process renamed itself", () =>
      assert.equal(nameOf("(sd-worker)", "/usr/lib/systemd/systemd", "/sbin/init"), "systemd"));
    it("is the executable's where init was run through a symlink and again without", () =>
      assert.equal(nameOf("systemd", "/usr/lib/systemd/systemd", "/sbin/init"), "systemd"));
    it("is the kernel's where nothing else can be read", () => assert.equal(nameOf("secret", undefined), "secret"));
    it("is a deleted executable's", () => assert.equal(nameOf("x", "/tmp/x (deleted)", "x"), "x"));
  });

  it("reads ourselves as we are", () => {
    const program = new ProcFs().read(process.pid);
    assert(program);
    const argv = readFileSync("/proc/self/cmdline", "utf8").split("\0").slice(0, -1);
    assert.deepEqual(program.args, argv);
    assert.equal(program.executable, readlinkSync("/proc/self/exe"));
    assert.equal(program.creator.pid, process.ppid);
    assert.equal(program.uid, process.getuid?.());
    assert(new ProcFs().pids().includes(process.pid));
  });
});
