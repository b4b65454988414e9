import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { loadAddon } from "../../src/capture/binding.js";
import { Notifier, takeManager } from "../../src/service/notifier.js";
import { NotifyListener } from "./notify_listener.js";

describe("who started this process", () => {
  it("is known by systemd's variables, which no child inherits", () => {
    const env = { NOTIFY_SOCKET: "/run/n", WATCHDOG_USEC: "30000000", WATCHDOG_PID: "7", OTHER: "stays" };
    assert.deepEqual(takeManager(env, 7), { address: "/run/n", watchdog: 30_000 });
    assert.deepEqual(env, { OTHER: "stays" });
  });

  it("is nobody where nothing is set", () => {
    assert.equal(takeManager({}, 7), undefined);
    assert.equal(takeManager({ NOTIFY_SOCKET: "", WATCHDOG_USEC: "1000" }, 7), undefined);
  });

  it("wants no watchdog of a process that it does not mean, or without an interval", () => {
    const address = "@n";
    const watchdogs = [{ WATCHDOG_USEC: "1000", WATCHDOG_PID: "8" }, { WATCHDOG_USEC: "x" }, {}].map(
      (env) => takeManager({ NOTIFY_SOCKET: address, ...env }, 7)?.watchdog,
    );
    assert.deepEqual(watchdogs, [undefined, undefined, undefined]);
    assert.equal(takeManager({ NOTIFY_SOCKET: address, WATCHDOG_USEC: "2000" }, 7)?.watchdog, 2);
  });
});

describe("word to the service manager", () => {
  const folder = mkdtempSync(join(tmpdir(), "wallwatch-notify-"));
  after(() => rmSync(folder, { recursive: true }));
  const unexpected = (error: unknown): never => assert.fail(String(error));
  const { notify } = loadAddon();

  for (const [what, address] of [
    ["a path", join(folder, "notify")],
    ["an abstract name", `@wallwatch-test-${process.pid}`],
  ] as const) {
    it(`arrives at ${what}, from this process`, async () => {
      const listener = await NotifyListener.start(address);
      try {
        const notifier = new Notifier(address, notify, unexpected);
        notifier.ready("works");
        notifier.alive();
        notifier.stopping("ends");
        await listener.heard.first((line) => line.includes("STOPPING"), "last word");
        assert.deepEqual(listener.heard.items.slice(1), [
          `${process.pid} READY=1|STATUS=works`,
          `${process.pid} WATCHDOG=1`,
          `${process.pid} STOPPING=1|STATUS=ends`,
        ]);
      } finally {
        await listener.stop();
      }
    });
  }

  it("says when it began to reload, by the monotonic clock in microseconds", () => {
    const sent: string[] = [];
    const before = process.hrtime.bigint() / 1000n;
    new Notifier("@", (_, text) => sent.push(text), unexpected).reloading();
    const [, time = ""] = /^RELOADING=1\nMONOTONIC_USEC=(\d+)$/.exec(sent[0] ?? "") ?? [];
    assert.ok(BigInt(time) >= before && BigInt(time) <= process.hrtime.bigint() / 1000n, sent[0]);
  });

  it("sends a status only where it is news, and as one line", () => {
    const sent: string[] = [];
    const notifier = new Notifier("@", (_, text) => sent.push(text), unexpected);
    notifier.ready("a");
    notifier.status("a");
    notifier.status("b\nREADY=1");
    notifier.status("b READY=1");
    assert.deepEqual(sent, ["READY=1\nSTATUS=a", "STATUS=b READY=1"]);
  });

  it("is kept while the manager's socket is full, and of what is outdated only the last", async () => {
    const address = join(folder, "slow");
    const listener = await NotifyListener.start(address);
    try {
      listener.process.kill("SIGSTOP");
      const notifier = new Notifier(address, notify, unexpected);
      const states = 1000; // net.unix.max_dgram_qlen is 512 under systemd
      for (let i = 0; i < states; i++) notifier.reloading();
      for (let i = 0; i < 100; i++) {
        notifier.alive();
        notifier.status(`status ${i}`);
      }
      listener.process.kill("SIGCONT");
      await listener.heard.first((line) => line.endsWith("STATUS=status 99"), "last status");
      const heard = listener.heard.items;
      assert.equal(heard.filter((line) => line.includes("RELOADING")).length, states);
      assert.equal(heard.filter((line) => line.includes("WATCHDOG")).length, 1);
      assert.equal(heard.filter((line) => line.includes("STATUS")).length, 1);
    } finally {
      await listener.stop();
    }
  });

  it("that cannot be sent is told, and what comes after it is sent", () => {
    const errors: unknown[] = [];
    const notifier = new Notifier(join(folder, "nobody"), notify, (error) => errors.push(error));
    notifier.alive();
    notifier.status("x");
    assert.deepEqual(
      errors.map((error) => (error as NodeJS.ErrnoException).code),
      ["ENOENT", "ENOENT"],
    );
    for (const [address, code] of [
      ["vsock:2:1", "EAFNOSUPPORT"],
      [`/${"x".repeat(107)}`, "EINVAL"],
    ] as const) {
      assert.throws(() => notify(address, "READY=1"), { code, syscall: "sendto" });
    }
  });
});
