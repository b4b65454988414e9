import assert from "node:assert/strict";

import { CaptureSession } from "../../src/capture/session.js";
import { FakeBinding } from "../support/capture.js";
import { encodeExec } from "../support/records.js";

const OPTIONS = { lane: "auto", environment: [] } as const;

function open(binding: FakeBinding, onIdle = (): void => undefined): CaptureSession {
  return new CaptureSession(binding.open, OPTIONS, onIdle);
}

/** Resolves when timers and callbacks that are due have had their turn. */
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe("CaptureSession", () => {
  it("tells how capture began", async () => {
    const binding = new FakeBinding();
    binding.report = { lane: "proc", realtimePriority: true };
    assert.deepEqual(await open(binding).started, { lane: "proc", realtimePriority: true });
  });

  it("gives what waits at once, and waits for what comes", async () => {
    const binding = new FakeBinding();
    const session = open(binding);
    const record = encodeExec();
    binding.push(record);
    assert.deepEqual(await session.next(), record);
    const next = session.next();
    await turn();
    binding.push(record, record);
    assert.equal((await next)?.length, 2 * record.length);
  });

  it("takes nothing before it is asked to", async () => {
    const binding = new FakeBinding();
    const session = open(binding);
    let drained = false;
    binding.push(encodeExec());
    void binding.drained().then(() => (drained = true));
    await turn();
    await turn();
    assert.equal(drained, false);
    await session.next();
    await turn();
    assert.equal(drained, true);
  });

  it("lets timers run while batches are always ready", async () => {
    const binding = new FakeBinding();
    const session = open(binding);
    const fired = new AbortController();
    setTimeout(() => fired.abort(), 1);
    for (let batches = 0; !fired.signal.aborted; batches++) {
      assert(batches < 1e6, "the timer never ran");
      binding.push(encodeExec());
      await session.next();
    }
  });

  it("says when everything was pulled", async () => {
    const binding = new FakeBinding();
    let idle = 0;
    const session = open(binding, () => idle++);
    binding.push(encodeExec());
    await session.next();
    await turn(); // the wake-up for what was taken already
    assert.equal(idle, 0);
    const next = session.next();
    await turn();
    assert.equal(idle, 1);
    binding.push(encodeExec());
    await next;
  });

  it("returns an empty batch when it is poked", async () => {
    const session = open(new FakeBinding());
    const next = session.next();
    session.poke();
    assert.equal((await next)?.length, 0);
  });

  it("gives what was captured before it ends", async () => {
    const binding = new FakeBinding();
    const session = open(binding);
    await session.started;
    binding.push(encodeExec());
    const stopped = session.stop();
    assert.equal((await session.next())?.length, encodeExec().length);
    assert.equal(await session.next(), undefined);
    await stopped;
    assert.equal(await session.next(), undefined);
    assert.deepEqual(binding.asked, ["start", "stop"]);
  });

  it("ends a wait when it is stopped, and stops once", async () => {
    const binding = new FakeBinding();
    const session = open(binding);
    const next = session.next();
    await Promise.all([session.stop(), session.stop()]);
    assert.equal(await next, undefined);
    assert.deepEqual(binding.asked, ["start", "stop"]);
  });

  it("fails with what the system said when capture breaks, after what was captured", async () => {
    const binding = new FakeBinding();
    const session = open(binding);
    const error = Object.assign(new Error("recv failed"), { code: "EBADF", syscall: "recv" });
    binding.push(encodeExec());
    binding.break(error);
    assert.notEqual(await session.next(), undefined);
    await assert.rejects(session.next(), error);
  });
});
