import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, copyFileSync, mkdtempSync, readlinkSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import type { ExecRecord } from "../../src/capture/record.js";
import { describeLive } from "../support/live.js";
import { compileProgram } from "../support/programs.js";
import { Recording } from "./addon.js";

/** What both lanes must say alike of an exec. */
function common(record: ExecRecord): object {
  const { pid, args, argsCount, argsSize, path, executable, executableDeleted, workingDirectory } = record;
  const { uid, euid, suid, gid, egid, sgid, loginUid, auditSession, capEffective, capPermitted } = record;
  const { tty, namespaces, localPid, environment, comm, parentComm, creatorComm, creatorKnown, traced } = record;
  return {
    ...{ pid, args, argsCount, argsSize, path, executable, executableDeleted, workingDirectory },
    ...{ uid, euid, suid, gid, egid, sgid, loginUid, auditSession, capEffective, capPermitted },
    ...{ tty, namespaces, localPid, environment, comm, parentComm, creatorComm, creatorKnown, traced },
    timestamp: record.timestamp,
    cgroup: record.cgroup ?? "/",
    deletedDirectory: record.workingDirectoryDeleted,
    relatives: [record.self, record.creator, record.parent, record.sessionLeader, record.groupLeader].map((ref) => [
      ref.pid,
      ref.startTicks, // the proc lane knows no more of it
    ]),
  };
}

describeLive("the two lanes say the same of one exec", function () {
  const environment = ["LD_PRELOAD", "WALLWATCH_TEST_A", "WALLWATCH_TEST_B"];
  let folder: string;
  let kernel: Recording;
  let proc: Recording;

  const linger = (): string => join(folder, "linger");

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), "wallwatch-lanes-"));
    chmodSync(folder, 0o755);
    copyFileSync(compileProgram("test/programs/linger.cc"), join(folder, "linger"));
    kernel = await Recording.start({ lane: "kernel", environment });
    proc = await Recording.start({ lane: "proc", environment });
  });
  after(async () => {
    await kernel.stop();
    await proc.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  let number = 0;
  /** Runs a command that executes `program` with a marker as its last argument, and compares the two records of that. */
  async function compare(
    program: string,
    command: (marker: string) => [string, ...string[]],
    options: object = {},
  ): Promise<{ record: ExecRecord; pid: number }> {
    const marker = `marker-${process.pid}-${number++}`;
    const [first, ...args] = command(marker);
    const child = spawn(first, args, { cwd: folder, stdio: "ignore", ...options });
    await once(child, "exit");
    const marked = (record: ExecRecord): boolean => record.args.at(-1) === marker && record.path === program;
    const [one, other] = [await kernel.first(marked), await proc.first(marked)];
    assert.equal(one.lane, "kernel");
    assert.equal(other.lane, "proc");
    assert.deepEqual(common(other), common(one));
    return { record: one, pid: child.pid ?? 0 };
  }

  it("a plain program", async () => {
    const { record, pid } = await compare(linger(), (marker) => [linger(), "", "a\nb", marker]);
    assert.equal(record.pid, pid);
    assert.equal(record.creator.pid, process.pid);
    assert.equal(record.path, linger());
    assert.equal(record.workingDirectory, folder);
    assert.equal(record.uid, 0);
    const net = /\d+/.exec(readlinkSync("/proc/self/ns/net"))?.[0];
    assert.equal(record.namespaces.net, Number(net));
    assert.equal(record.localPid, pid);
  });

  it("a script", async () => {
    const script = join(folder, "script");
    writeFileSync(script, "#!/bin/sh\nsleep 0.2\n", { mode: 0o755 });
    const { record } = await compare(script, (marker) => [script, marker]);
    assert.equal(record.path, script);
    assert.deepEqual(record.args.slice(0, 2), ["/bin/sh", script]);
  });

  it("the variables that were asked for", async () => {
    const { record } = await compare(linger(), (marker) => [linger(), marker], {
      env: { WALLWATCH_TEST_A: "1", WALLWATCH_TEST_ABC: "2", WALLWATCH_TEST: "3", WALLWATCH_TEST_B: "" },
    });
    assert.deepEqual(record.environment, ["WALLWATCH_TEST_A=1", "WALLWATCH_TEST_B="]);
  });

  it("another user, and another session", async () => {
    const { record, pid } = await compare(linger(), (marker) => [linger(), marker], {
      uid: 65534,
      gid: 65534,
      detached: true,
    });
    assert.equal(record.euid, 65534);
    assert.equal(record.capEffective, 0n);
    assert.equal(record.sessionLeader.pid, pid);
  });

  it("a deleted executable in a deleted directory", async () => {
    const command =
      'mkdir gone; cd gone; cp ../linger copy; exec 3<copy; rm copy; rmdir ../gone; exec /proc/self/fd/3 "$0"';
    const { record } = await compare("/proc/self/fd/3", (marker) => ["/bin/sh", "-c", command, marker]);
    assert.equal(record.executable, join(folder, "gone", "copy"));
    assert.equal(record.executableDeleted, true);
    assert.equal(record.workingDirectoryDeleted, true);
  });

  it("namespaces of its own", async () => {
    const { record } = await compare(linger(), (marker) => [
      "unshare",
      "--pid",
      "--fork",
      "--mount",
      "--net",
      linger(),
      marker,
    ]);
    assert.equal(record.localPid, 1);
    assert.notEqual(record.namespaces.net, Number(/\d+/.exec(readlinkSync("/proc/self/ns/net"))?.[0]));
  });

  it("a terminal", async () => {
    const { record } = await compare(linger(), (marker) => ["script", "-qec", `${linger()} ${marker}`, "/dev/null"]);
    assert.equal(record.tty?.major, 136);
  });

  it("a program of 32 bits", async function () {
    if (process.arch !== "x64") this.skip();
    const program = compileProgram("test/programs/linger_32bit.S");
    const { record } = await compare(program, (marker) => [program, marker]);
    assert.equal(record.is32Bit, true); // which /proc does not say
  });
});
