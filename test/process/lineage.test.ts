import assert from "node:assert/strict";

import { BatchReader } from "../../src/capture/batch.js";
import { WallClock } from "../../src/capture/clock.js";
import { ExecRecord } from "../../src/capture/record.js";
import type { ExecEvent } from "../../src/process/event.js";
import { Identity } from "../../src/process/identity.js";
import { Lineage } from "../../src/process/lineage.js";
import { ProcFs } from "../../src/process/procfs.js";
import { MAX_ANCESTORS } from "../../src/process/relatives.js";
import { ProcessTable } from "../../src/process/table.js";
import { FakeProc } from "../support/proc.js";
import { encodeExec, type ExecInput, type RefInput } from "../support/records.js";

const CLOCK = new WallClock({ monotonic: 0n, boottime: 0n, realtime: 1_700_000_000_000_000_000n });
const IDENTITY = new Identity("a".repeat(32), "boot");
const SECOND = 1_000_000_000n;

/** A start: ticks as /proc has them, with nanoseconds as the kernel has them besides. */
const start = (ticks: number): bigint => BigInt(ticks) * 10_000_000n + 1_234_567n;

describe("Lineage", () => {
  let proc: FakeProc;
  let lineage: Lineage;
  beforeEach(() => {
    proc = new FakeProc();
    lineage = new Lineage(new ProcessTable(), new ProcFs(proc.root), IDENTITY);
  });
  afterEach(() => proc.close());

  function observe(input: ExecInput): ExecEvent {
    const record = new BatchReader(encodeExec(input)).next();
    assert(record instanceof ExecRecord);
    return lineage.observe(record, CLOCK);
  }

  /** bash, pid 10, that was seen to start; its key is 0x10. */
  const bash: RefInput = { pid: 10, start: start(1000), execKey: 0x10n };
  function observeBash(input: ExecInput = {}): ExecEvent {
    return observe({ ...bash, timestamp: 10n * SECOND, path: "/usr/bin/bash", args: ["bash", "force-stop"], ...input });
  }

  describe("parent", () => {
    it("is the exec whose program the creator was running", () => {
      observeBash();
      const { parent } = observe({ pid: 20, creator: bash, forkTime: 11n * SECOND, timestamp: 12n * SECOND });
      assert.deepEqual(parent?.args, ["bash", "force-stop"]);
      assert.deepEqual([parent.pid, parent.name, parent.source], [10, "bash", "exec"]);
    });

    it("is a fork that never exec'd, with the program that it shares, though both are gone", () => {
      const shell = observeBash();
      const subshell = { pid: 11, start: start(1100), execKey: 0x10n };
      const { parent } = observe({
        pid: 20,
        creator: subshell,
        parent: { pid: 1, start: start(0), execKey: 1n },
        forkTime: 12n * SECOND,
        timestamp: 13n * SECOND,
      });
      assert.deepEqual([parent?.pid, parent?.args[1]], [11, "force-stop"]);
      assert.equal(parent?.entityId, IDENTITY.entityId(11, 1100));
      assert.notEqual(parent.entityId, shell.process.entityId);
      assert.equal(parent.execId, shell.id, "the exec is the same");
    });

    it("is what the creator was running when it forked, though it has exec'd since", () => {
      observeBash();
      observe({ ...bash, execKey: 0x99n, timestamp: 12n * SECOND, path: "/usr/bin/sleep", args: ["sleep", "1"] });
      const { parent } = observe({ pid: 20, creator: bash, forkTime: 11n * SECOND, timestamp: 13n * SECOND });
      assert.deepEqual(parent?.args, ["bash", "force-stop"]);
    });

    it("is not an exec that has the same key by now", () => {
      observeBash();
      observe({ pid: 50, execKey: 0x10n, timestamp: 12n * SECOND, args: ["other"] });
      const { parent } = observe({ pid: 20, creator: bash, forkTime: 11n * SECOND, timestamp: 13n * SECOND });
      assert.deepEqual(parent?.args, ["bash", "force-stop"]);
    });

    it("is not an earlier process of the same pid", () => {
      observeBash();
      const other = { ...bash, start: start(5000) };
      const { parent } = observe({ pid: 20, creator: other, forkTime: 60n * SECOND, timestamp: 61n * SECOND });
      assert.deepEqual([parent?.pid, parent?.source, parent?.args], [10, "fork", []]);
    });

    it("was running before, and is known from the scan", async () => {
      proc.add(10, { comm: "ufw", startTicks: 1000, args: ["ufw", "force-stop"], executable: "/usr/bin/python3" });
      await lineage.scan();
      proc.remove(10);
      const { parent } = observe({ pid: 20, creator: bash, forkTime: 60n * SECOND, timestamp: 61n * SECOND });
      assert.deepEqual([parent?.name, parent?.args, parent?.source], ["ufw", ["ufw", "force-stop"], "proc"]);
    });

    it("is a subshell, gone, of a shell that was running before", async () => {
      proc.add(10, { comm: "bash", startTicks: 1000, args: ["bash", "force-stop"] });
      await lineage.scan();
      proc.remove(10);
      const subshell = { pid: 11, start: start(1100), execKey: 0x10n };
      const times = { forkTime: 60n * SECOND, timestamp: 61n * SECOND };
      const input = { creator: subshell, session: bash, execKey: 0x20n, ...times };
      assert.deepEqual(observe({ pid: 20, ...input }).parent?.args, ["bash", "force-stop"]);
      // The key is known from now on, without a leader that tells.
      assert.deepEqual(observe({ pid: 21, ...input, session: {} }).parent?.args, ["bash", "force-stop"]);
    });

    it("is the shell's exec for all that a subshell starts, though both were running before", async () => {
      proc.add(10, { comm: "bash", startTicks: 1000, args: ["bash", "force-stop"] });
      proc.add(11, { comm: "bash", startTicks: 1100, args: ["bash", "force-stop"], parentPid: 10 });
      await lineage.scan();
      const subshell = { pid: 11, start: start(1100), execKey: 0x10n };
      const times = { forkTime: 60n * SECOND, timestamp: 61n * SECOND };
      const input = { creator: subshell, execKey: 0x20n, ...times };
      const first = observe({ pid: 20, ...input, session: bash });
      assert.deepEqual([first.parent?.pid, first.sessionLeader?.pid], [11, 10]);
      const others = [
        observe({ pid: 21, ...input, session: bash }),
        observe({ pid: 22, ...input, session: {} }),
        observe({ pid: 23, ...input, creator: bash }),
      ];
      const [expected] = first.ancestors.slice(1);
      assert.equal(expected?.pid, 10);
      for (const { parent } of [first, ...others]) assert.equal(parent?.execId, expected.execId);
    });

    it("is read from /proc at once where it is not known", () => {
      proc.add(10, { comm: "bash", startTicks: 1000, args: ["bash", "force-stop"] });
      const first = observe({ pid: 20, creator: bash, forkTime: 60n * SECOND, timestamp: 61n * SECOND });
      assert.deepEqual([first.parent?.args, first.parent?.source], [["bash", "force-stop"], "proc"]);
      proc.remove(10);
      const second = observe({ pid: 21, creator: bash, forkTime: 62n * SECOND, timestamp: 63n * SECOND });
      assert.deepEqual(second.parent?.args, ["bash", "force-stop"], "once read it is known");
    });

    it("is not what /proc tells of another process of that pid", () => {
      proc.add(10, { startTicks: 1001, args: ["another"] });
      const { parent } = observe({ pid: 20, creator: bash, forkTime: 60n * SECOND, timestamp: 61n * SECOND });
      assert.deepEqual([parent?.pid, parent?.source, parent?.args], [10, "fork", []]);
    });

    it("is not what /proc tells where the creator has exec'd since", () => {
      proc.add(10, { startTicks: 1000, args: ["later"] });
      const input = { creator: bash, parent: { ...bash, execKey: 0x99n }, forkTime: 60n * SECOND };
      assert.deepEqual(observe({ pid: 20, ...input, timestamp: 61n * SECOND }).parent?.args, []);
    });

    it("is unknown rather than an ancestor", () => {
      const grandparent = observeBash();
      const { parent } = observe({
        pid: 20,
        creator: { pid: 11, start: start(1100), execKey: 0x77n },
        creatorComm: "helper",
        parent: bash,
        forkTime: 12n * SECOND,
        timestamp: 13n * SECOND,
      });
      assert.deepEqual([parent?.pid, parent?.source, parent?.name, parent?.args], [11, "fork", undefined, []]);
      assert.equal(parent?.comm, "helper");
      assert.notEqual(parent.execId, grandparent.id);
    });

    it("is a kernel thread, by its name", () => {
      const { parent } = observe({
        creator: { pid: 2, start: start(0) },
        creatorComm: "kthreadd",
        forkTime: 60n * SECOND,
        flags: ["creatorKernel"],
      });
      assert.deepEqual([parent?.pid, parent?.name, parent?.source], [2, "kthreadd", "kernel"]);
      assert.deepEqual([parent?.args, parent?.commandLine, parent?.program?.argsCount], [[], undefined, undefined]);
    });

    it("is the present one where the fork was not seen", () => {
      observeBash();
      const event = observe({ pid: 20, creator: bash, timestamp: 12n * SECOND });
      assert.equal(event.record.creatorKnown, false);
      assert.deepEqual(event.parent?.args, ["bash", "force-stop"]);
    });

    it("is found by pid and start in the proc lane", () => {
      const keyless = { pid: 10, start: BigInt(1000) * 10_000_000n };
      observeBash({ ...keyless, lane: "proc", execKey: 0n });
      const { parent } = observe({ lane: "proc", pid: 20, creator: keyless, timestamp: 13n * SECOND });
      assert.deepEqual(parent?.args, ["bash", "force-stop"]);
    });

    it("is not told from before a loss where only a key speaks for it", () => {
      observeBash();
      lineage.noteLoss();
      const subshell = { pid: 11, start: start(1100), execKey: 0x10n };
      const event = observe({ pid: 20, creator: subshell, forkTime: 12n * SECOND, timestamp: 13n * SECOND });
      assert.deepEqual([event.parent?.source, event.parent?.args], ["fork", []]);
      const own = observe({ pid: 21, creator: bash, forkTime: 14n * SECOND, timestamp: 15n * SECOND });
      assert.deepEqual(own.parent?.args, ["bash", "force-stop"]);
    });
  });

  describe("ancestors", () => {
    it("go up through forks and execs, nearest first", async () => {
      proc.add(1, { comm: "systemd", startTicks: 1, args: ["/sbin/init"], parentPid: 0 });
      proc.add(5, { comm: "sshd", startTicks: 500, args: ["sshd"], parentPid: 1 });
      await lineage.scan();
      const sshd = { pid: 5, start: start(500), execKey: 0x5n };
      observeBash({ creator: sshd, forkTime: 9n * SECOND });
      const subshell = { pid: 11, start: start(1100), execKey: 0x10n };
      const event = observe({ pid: 20, creator: subshell, forkTime: 12n * SECOND, timestamp: 13n * SECOND });
      assert.deepEqual(
        event.ancestors.map(({ pid, args }) => [pid, args[0]]),
        [
          [11, "bash"],
          [10, "bash"],
          [5, "sshd"],
          [1, "/sbin/init"],
        ],
      );
    });

    it("end where the way is lost", () => {
      observeBash({ creator: { pid: 9, start: start(900), execKey: 0x9n }, forkTime: 9n * SECOND });
      const event = observe({ pid: 20, creator: bash, forkTime: 11n * SECOND, timestamp: 12n * SECOND });
      assert.deepEqual(
        event.ancestors.map(({ pid, source }) => [pid, source]),
        [
          [10, "exec"],
          [9, "fork"],
        ],
      );
    });

    it("are bounded", () => {
      let creator: RefInput = {};
      let event: ExecEvent | undefined;
      for (let i = 1; i <= 2 * MAX_ANCESTORS; i++) {
        const self = { pid: 100 + i, start: start(1000 + i), execKey: BigInt(i) };
        const time = BigInt(20 + i) * SECOND;
        event = observe({ ...self, creator, forkTime: time - 1n, timestamp: time });
        creator = self;
      }
      assert.equal(event?.ancestors.length, MAX_ANCESTORS);
      assert.equal(event.ancestors[0]?.pid, 100 + 2 * MAX_ANCESTORS - 1);
    });
  });

  describe("leaders", () => {
    it("of session and group are looked up", () => {
      observeBash();
      const make: RefInput = { pid: 15, start: start(1500), execKey: 0x15n };
      observe({ ...make, timestamp: 15n * SECOND, args: ["make", "all"], creator: bash, forkTime: 14n * SECOND });
      const event = observe({
        pid: 20,
        creator: make,
        session: bash,
        group: make,
        forkTime: 16n * SECOND,
        timestamp: 17n * SECOND,
      });
      assert.deepEqual(event.sessionLeader?.args, ["bash", "force-stop"]);
      assert.deepEqual(event.groupLeader?.args, ["make", "all"]);
    });

    it("is the process itself where it leads", () => {
      const event = observeBash({ session: bash, group: bash });
      assert.equal(event.sessionLeader?.entityId, event.process.entityId);
      assert.equal(event.groupLeader?.execId, event.id);
    });

    it("has at least its pid where it is gone", () => {
      observeBash();
      const event = observe({ pid: 20, session: { pid: 10 } });
      const { pid, entityId, source } = event.sessionLeader ?? {};
      assert.deepEqual([pid, entityId, source], [10, undefined, "fork"]);
    });

    it("is none where there is no session", () => {
      assert.equal(observe({ session: {} }).sessionLeader, undefined);
    });
  });

  describe("entry leader", () => {
    const shell: RefInput = { pid: 30, start: start(3000), execKey: 0x30n };

    async function login(): Promise<ExecEvent> {
      proc.add(1, { comm: "systemd", startTicks: 1, args: ["/sbin/init"], parentPid: 0 });
      proc.add(5, { comm: "sshd", startTicks: 500, args: ["sshd"], executable: "/usr/sbin/sshd" });
      await lineage.scan();
      const creator = { pid: 29, start: start(2990), execKey: 0x5n };
      return observe({
        ...shell,
        path: "/bin/bash",
        creator,
        parent: { pid: 5, start: start(500), execKey: 0x5n },
        session: shell,
        tty: { major: 136, minor: 1 },
        forkTime: 30n * SECOND,
        timestamp: 31n * SECOND,
      });
    }

    it("is the shell that sshd started, by a fork that is gone", async () => {
      const event = await login();
      assert.equal(event.entryType, "sshd");
      assert.equal(event.entryLeader?.entityId, event.process.entityId);
    });

    it("is inherited, also through a session of one's own", async () => {
      await login();
      const setsid = { pid: 31, start: start(3100), execKey: 0x31n };
      const event = observe({
        ...setsid,
        creator: shell,
        session: setsid,
        forkTime: 32n * SECOND,
        timestamp: 33n * SECOND,
      });
      assert.deepEqual([event.entryType, event.entryLeader?.pid, event.entryLeader?.name], ["sshd", 30, "bash"]);
    });

    it("shows what its process runs now", async () => {
      await login();
      observe({ ...shell, execKey: 0x3000n, path: "/bin/zsh", session: shell, timestamp: 40n * SECOND });
      const { entryLeader } = observe({
        pid: 40,
        creator: { ...shell, execKey: 0x3000n },
        forkTime: 41n * SECOND,
        timestamp: 42n * SECOND,
      });
      assert.deepEqual([entryLeader?.pid, entryLeader?.name], [30, "zsh"]);
    });

    it("of a service that ran before is the service", async () => {
      proc.add(1, { comm: "systemd", startTicks: 1, parentPid: 0 });
      proc.add(6, { comm: "cron", startTicks: 600, args: ["cron"] });
      await lineage.scan();
      const cron = { pid: 6, start: start(600), execKey: 0x6n };
      const event = observe({ pid: 20, creator: cron, session: cron, forkTime: 20n * SECOND, timestamp: 21n * SECOND });
      assert.deepEqual([event.entryType, event.entryLeader?.name], ["init", "cron"]);
    });

    it("is taken from the session's leader where the parent is not known", async () => {
      await login();
      const event = observe({
        pid: 40,
        creator: { pid: 39, start: start(3900), execKey: 0x39n },
        session: shell,
        forkTime: 41n * SECOND,
        timestamp: 42n * SECOND,
      });
      assert.deepEqual([event.entryType, event.entryLeader?.pid], ["sshd", 30]);
    });

    it("of which nothing is known is of type unknown", () => {
      const event = observe({ ...shell, session: shell });
      assert.deepEqual([event.entryType, event.entryLeader?.pid], ["unknown", 30]);
      assert.equal(observe({ pid: 77 }).entryType, undefined, "no session, no entry");
    });
  });

  describe("identity", () => {
    it("of a process stays through its execs, and each exec has its own", () => {
      const first = observeBash();
      const second = observeBash({ execKey: 0x11n, timestamp: 11n * SECOND });
      assert.equal(first.process.entityId, second.process.entityId);
      assert.notEqual(first.id, second.id);
    });

    it("is another one once the pid is used again", () => {
      const first = observeBash();
      const second = observeBash({ start: start(1001) });
      assert.notEqual(first.process.entityId, second.process.entityId);
    });

    it("is the same by exec and by /proc, which tells ticks only", () => {
      proc.add(10, { startTicks: 1000, args: ["bash"] });
      const read = observe({ pid: 20, creator: bash, forkTime: 2n * SECOND, timestamp: 3n * SECOND }).parent;
      assert.equal(read?.source, "proc");
      assert.equal(read.entityId, observeBash().process.entityId);
    });
  });

  it("tells when the exec was, when it was read and how long that took", () => {
    const event = observeBash({ timestamp: 10n * SECOND, boottime: 5n });
    assert.equal(event.timestamp.epochNs, 1_700_000_000_000_000_005n);
    assert.equal(event.created.epochNs, 1_700_000_000_000_000_000n);
    assert.equal(event.latency, -5e-6);
  });
});
