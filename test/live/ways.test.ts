import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdirSync } from "node:fs";
import { promisify } from "node:util";

import type { JsonDocument } from "../../src/rules/document.js";
import { field } from "../support/agent.js";
import { describeLanes } from "../support/live.js";
import { compileProgram, ROOT } from "../support/programs.js";
import { execBy, StandIns } from "../support/stand_ins.js";
import { Watching } from "../support/watching.js";

const run = promisify(execFile);
const EXEC_WAYS = `${ROOT}/build/programs/exec_ways`;

describeLanes("every way to execute a program", function (lane) {
  let watching: Watching;
  let standIns: StandIns;
  let program: string;

  beforeEach(async () => {
    standIns = new StandIns(lane);
    program = standIns.program("iptables");
    watching = await Watching.start({ lane, only: standIns.folder });
  });
  afterEach(async () => {
    await watching.stop();
    standIns.remove();
  });

  /** Executes the stand-in by a way of exec_ways, and gives what was seen of it. */
  async function by(way: string, ...args: string[]): Promise<JsonDocument> {
    await execBy(way, program, [program, ...args]);
    return await watching.named("iptables");
  }

  function assertProgram(exec: JsonDocument, ...args: string[]): void {
    assert.equal(field(exec, "process.name"), "iptables");
    assert.equal(field(exec, "process.executable"), program);
    assert.deepEqual([field(exec, "process.args")].flat(), [program, ...args]);
    assert.equal(field(exec, "process.args_count"), 1 + args.length);
    assert.equal(field(exec, "wallwatch.capture.lane"), lane);
    assert.equal(field(exec, "wallwatch.capture.args_whole"), true);
  }

  /** Its parent is exec_ways, or has been when it forked; `way` and the stand-in are its arguments. */
  function assertForkedByExecWays(exec: JsonDocument, way: string, ...args: string[]): void {
    assert.deepEqual(field(exec, "process.parent.args"), [EXEC_WAYS, way, program, program, ...args]);
    assert.equal(field(exec, "process.parent.name"), "exec_ways");
    assert.notEqual(field(exec, "process.parent.pid"), field(exec, "process.pid"));
  }

  it("execve", async () => {
    const exec = await by("execve", "-F");
    assertProgram(exec, "-F");
    assert.equal(field(exec, "process.parent.pid"), process.pid);
    assert.equal(field(exec, "process.working_directory"), "/");
  });

  for (const way of ["execveat-descriptor", "execveat-directory"]) {
    it(`${way}: named as its file is`, async () => assertProgram(await by(way, "-F"), "-F"));
  }

  it("a descriptor by a relative path: named as its file is", async () =>
    assertProgram(await by("relative-descriptor", "-F"), "-F"));

  for (const way of ["longest-path", "overlong-path"]) {
    it(`${way}: named as it was invoked, whatever executable and argv[0] are called`, async () => {
      standIns.symlink("ip6tables", program);
      await execBy(way, standIns.path("ip6tables"), ["x", "-F"]);
      const exec = await watching.named("ip6tables");
      assert.equal(field(exec, "process.executable"), program);
      assert.deepEqual(field(exec, "process.args"), ["x", "-F"]);
    });
  }

  it("a memfd: named as such, and marked", async () => {
    await execBy("memfd", program, [program, "-F"]);
    const exec = await watching.named("memfd:iptables");
    assert.deepEqual(field(exec, "process.args"), [program, "-F"]);
    assert.equal(field(exec, "wallwatch.process.executable_deleted"), true);
  });

  it("a deleted file: named as it was, and marked", async () => {
    const exec = await by("deleted", "-F");
    assert.equal(field(exec, "process.name"), "iptables");
    assert.deepEqual(field(exec, "process.args"), [program, "-F"]);
    assert.equal(field(exec, "wallwatch.process.executable_deleted"), true);
  });

  it("from a thread: the process is the thread group", async () => {
    const exec = await by("thread", "-F");
    assertProgram(exec, "-F");
    assert.equal(field(exec, "process.parent.pid"), process.pid);
  });

  for (const way of ["fork", "vfork", "fork-in-thread", "fork-twice", "orphan", "daemon"]) {
    it(`${way}: the parent's arguments are those of whoever forked it`, async () => {
      const exec = await by(way, "-F");
      assertProgram(exec, "-F");
      assertForkedByExecWays(exec, way, "-F");
    });
  }

  it("as another user", async () => {
    const exec = await by("nobody", "-F");
    assertProgram(exec, "-F");
    assert.equal(field(exec, "user.id"), "65534");
    assert.equal(field(exec, "process.real_user.id"), "65534");
    assert.equal(field(exec, "user.name"), "nobody");
  });

  it("with root's rights for somebody else, as a set-user-ID program does", async () => {
    const exec = await by("effective-root", "-F");
    assertProgram(exec, "-F");
    assert.equal(field(exec, "process.user.id"), "0");
    assert.equal(field(exec, "process.real_user.id"), "65534");
    assert.equal(field(exec, "user.Ext.real.id"), "65534");
  });

  it("in other pid and mount namespaces, as a container does", async () => {
    const exec = await by("namespaces", "-F");
    assertProgram(exec, "-F");
    assertForkedByExecWays(exec, "namespaces", "-F");
    assert.equal(field(exec, "process.vpid"), 1);
    assert.ok(Number(field(exec, "process.pid")) > 1);
  });

  it("in a chroot", async () => {
    mkdirSync(standIns.path("root"));
    standIns.staticProgram("root/ip6tables");
    await execBy("chroot", "/ip6tables", ["/ip6tables", standIns.path("root"), "-F"]);
    const exec = await watching.named("ip6tables");
    assert.deepEqual(field(exec, "process.args"), ["/ip6tables", "-F"]);
    assert.equal(field(exec, "process.executable"), standIns.path("root/ip6tables"));
  });

  it("below a tracer: marked", async () => {
    const exec = await by("traced", "-F");
    assertProgram(exec, "-F");
    assert.equal(field(exec, "wallwatch.capture.traced"), true);
  });

  it("a script: named as the script is, with its interpreter's arguments", async () => {
    const script = standIns.script("ufw", "#!/bin/sh -e\nsleep 0.2\n");
    await standIns.run("ufw", "disable");
    const exec = await watching.named("ufw");
    assert.deepEqual(field(exec, "process.args"), ["/bin/sh", "-e", script, "disable"]);
    assert.notEqual(field(exec, "process.executable"), script);
  });

  it("a symbolic link: named as the link is", async () => {
    standIns.symlink("ip6tables", program);
    await standIns.run("ip6tables", "-F");
    const exec = await watching.named("ip6tables");
    assert.equal(field(exec, "process.executable"), program);
  });

  it("a shell's subshell: the parent's arguments are the shell's", async () => {
    const script = standIns.script("outer", `#!/bin/sh\n( cd /; "${program}" -F; true )\ntrue\n`);
    await standIns.run("outer");
    const exec = await watching.named("iptables");
    assertProgram(exec, "-F");
    assert.deepEqual(field(exec, "process.parent.args"), ["/bin/sh", script]);
  });

  it("a program of 32 bits", async function () {
    if (process.arch !== "x64") this.skip();
    const linger = compileProgram("test/programs/linger_32bit.S");
    await run(linger, ["-F", standIns.folder]);
    const exec = await watching.named("linger_32bit");
    assert.deepEqual(field(exec, "process.args"), [linger, "-F", standIns.folder]);
    assert.equal(field(exec, "process.args_count"), 3);
    assert.equal(field(exec, "wallwatch.process.compat_32bit"), lane === "kernel" ? true : undefined);
  });
});
