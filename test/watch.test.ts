import assert from "node:assert/strict";

import { Identity } from "../src/process/identity.js";
import { type ExecEvent, type ExecWatch, type Loss, watchExecs, type WatchOptions } from "../src/watch.js";
import { canaries, until } from "./support/canaries.js";
import { FakeBinding } from "./support/capture.js";
import { FakeProc } from "./support/proc.js";
import { encodeExec, encodeLoss } from "./support/records.js";

const SECOND = 1_000_000_000n;

describe("watchExecs", () => {
  let binding: FakeBinding;
  let proc: FakeProc;
  beforeEach(() => {
    binding = new FakeBinding();
    proc = new FakeProc();
  });
  afterEach(() => proc.close());

  function watch(options: WatchOptions = {}): ExecWatch {
    const identity = new Identity("a".repeat(32), "boot");
    return watchExecs({ canary: false, binding: binding.open, procRoot: proc.root, identity, ...options });
  }

  /** All that the watch gives until it ends. */
  async function all(watching: ExecWatch): Promise<(ExecEvent | Loss)[]> {
    const items: (ExecEvent | Loss)[] = [];
    for await (const item of watching) items.push(item);
    return items;
  }

  const pids = (items: readonly (ExecEvent | Loss)[]): unknown[] =>
    items.map((item) => (item.kind === "exec" ? item.process.pid : item.reason));

  it("hands the addon what it was asked for", async () => {
    const watching = watch({ lane: "proc", environment: ["LD_PRELOAD"], ringBytes: 1 << 20 });
    await watching.ready;
    const { lane, environment, ringBytes, procRoot } = binding.options ?? {};
    assert.deepEqual([lane, environment, ringBytes, procRoot], ["proc", ["LD_PRELOAD"], 1 << 20, proc.root]);
    await watching.close();
  });

  it("asks for either lane and for no variables by default", async () => {
    const watching = watch();
    assert.deepEqual((await watching.ready).lane, "kernel");
    assert.deepEqual([binding.options?.lane, binding.options?.environment], ["auto", []]);
    await watching.close();
  });

  it("gives execs and losses in the order in which they came", async () => {
    const watching = watch();
    binding.push(encodeExec({ pid: 1 }), encodeLoss("socket_overrun", 7, SECOND, 2n * SECOND), encodeExec({ pid: 2 }));
    const given = all(watching);
    await binding.drained();
    await watching.close();
    const items = await given;
    assert.deepEqual(pids(items), [1, "socket_overrun", 2]);
    assert.deepEqual(items[1], {
      kind: "loss",
      reason: "socket_overrun",
      count: 7,
      from: new Date(1_700_000_001_000),
      until: new Date(1_700_000_002_000),
    });
  });

  it("knows what ran before it, and puts execs into the tree", async () => {
    proc.add(10, { comm: "ufw", startTicks: 1000, args: ["/usr/sbin/ufw", "disable"] });
    const watching = watch();
    const creator = { pid: 10, start: 10n * SECOND, execKey: 0x10n };
    binding.push(encodeExec({ pid: 20, creator, forkTime: 11n * SECOND, timestamp: 12n * SECOND }));
    for await (const item of watching) {
      assert(item.kind === "exec");
      assert.deepEqual(item.parent?.args, ["/usr/sbin/ufw", "disable"]);
      assert.deepEqual(item.ancestors.length, 1);
      break;
    }
    assert.deepEqual(binding.asked, ["start", "stop"]);
  });

  it("rejects with what the system said where capture cannot begin", async () => {
    const error = Object.assign(new Error("send: Connection refused"), { code: "ECONNREFUSED", syscall: "send" });
    binding.report = error;
    const watching = watch();
    await assert.rejects(watching.ready, error);
    await assert.rejects(all(watching), error);
  });

  it("fails when capture breaks, after what was captured", async () => {
    const watching = watch();
    const error = Object.assign(new Error("poll: Bad file descriptor"), { code: "EBADF", syscall: "poll" });
    const items: unknown[] = [];
    await watching.ready;
    binding.push(encodeExec());
    binding.break(error);
    await assert.rejects(async () => {
      for await (const item of watching) items.push(item);
    }, error);
    assert.equal(items.length, 1);
  });

  it("fails on a batch that is none, and stops capturing", async () => {
    const watching = watch();
    binding.push(Buffer.alloc(16, 1));
    await assert.rejects(all(watching), { code: "ERR_WALLWATCH_RECORD" });
    assert.deepEqual(binding.asked, ["start", "stop"]);
  });

  describe("when it is closed", () => {
    it("gives all that was captured, by a signal too", async () => {
      const controller = new AbortController();
      const watching = watch({ signal: controller.signal });
      await watching.ready;
      binding.push(...Array.from({ length: 500 }, (_, i) => encodeExec({ pid: i + 1 })));
      const items: (ExecEvent | Loss)[] = [];
      for await (const item of watching) {
        if (items.push(item) === 1) {
          binding.push(encodeExec({ pid: 501 }));
          controller.abort();
        }
      }
      assert.equal(items.length, 501);
      assert.deepEqual(pids(items.slice(-1)), [501]);
    });

    it("ends at once where nothing waits", async () => {
      const watching = watch();
      const given = all(watching);
      await watching.ready;
      await watching.close();
      assert.deepEqual(await given, []);
    });

    it("does not wait for a consumer that went away", async () => {
      const controller = new AbortController();
      const watching = watch({ signal: controller.signal });
      binding.push(encodeExec({ pid: 1 }), encodeExec({ pid: 2 }));
      for await (const item of watching) {
        assert.equal(item.kind, "exec");
        controller.abort();
        binding.push(encodeExec({ pid: 3 }));
        break;
      }
      await watching.close();
    });

    it("drops what nobody ever asked for", async () => {
      const watching = watch();
      await watching.ready;
      binding.push(encodeExec());
      await watching.close();
      assert.deepEqual(await all(watching), []);
    });

    it("is not started at all by a signal that is aborted already", () => {
      assert.throws(() => watch({ signal: AbortSignal.abort() }), { name: "AbortError" });
      assert.deepEqual(binding.asked, []);
    });
  });

  it("is iterated once", async () => {
    const watching = watch();
    const first = all(watching);
    await watching.ready;
    await assert.rejects(all(watching), TypeError);
    await watching.close();
    await first;
  });

  it("counts", async () => {
    const watching = watch();
    binding.push(encodeExec({ pid: 1 }), encodeExec({ pid: 2 }));
    const given = all(watching);
    await binding.drained();
    await watching.close();
    await given;
    const { table, canary, capture } = watching.stats;
    assert.equal(table.programs, 2);
    assert(table.bytes > 2 * encodeExec().length);
    assert.equal(canary, undefined);
    assert.deepEqual(capture, { events: 0 });
  });

  describe("with canaries", () => {
    afterEach(() => until(() => canaries().length === 0));

    it("tells a missed one as a loss, and sends LISTEN again", async () => {
      const watching = watch({ canary: { within: 5, every: 60_000 } });
      for await (const item of watching) {
        assert(item.kind === "loss");
        assert.deepEqual([item.reason, item.count], ["canary_missed", 1]);
        break;
      }
      assert.deepEqual(binding.asked.slice(0, 2), ["start", "listen"]);
    });

    it("does not show its own execs", async () => {
      const watching = watch({ canary: { within: 60_000 } });
      await watching.ready;
      await until(() => canaries().length === 1);
      const [pid = 0] = canaries();
      const canary = encodeExec({ pid, creator: { pid: process.pid }, args: ["wallwatch-canary"] });
      binding.push(canary, encodeExec({ pid: pid + 1 }));
      for await (const item of watching) {
        assert(item.kind === "exec");
        assert.equal(item.process.pid, pid + 1);
        break;
      }
      assert.equal(watching.stats.canary?.seen, 1);
      assert.equal(watching.stats.table.programs, 1);
    });
  });
});
