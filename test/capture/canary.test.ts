import assert from "node:assert/strict";
import { once } from "node:events";

import { Canary, type CanaryCandidate, type CanaryControl, type CanaryOptions } from "../../src/capture/canary.js";
import type { Loss } from "../../src/capture/loss.js";
import { canaries, until } from "../support/canaries.js";

/** The reader's side: it notes what the canary asks for, and can be waited on. */
class Reader implements CanaryControl {
  readonly calls: string[] = [];
  readonly losses: Loss[] = [];
  private readonly events = new EventTarget();

  listen(): Promise<void> {
    this.note("listen");
    return Promise.resolve();
  }
  passAll(on: boolean): void {
    this.note(`passAll ${on}`);
  }
  poke(): void {
    this.note("poke");
  }
  report(loss: Loss): void {
    this.losses.push(loss);
    this.note("report");
  }

  /** Resolves at the next such call. */
  async next(call: string): Promise<void> {
    await once(this.events, call);
  }

  private note(call: string): void {
    this.calls.push(call);
    this.events.dispatchEvent(new Event(call));
  }
}

function forkedByUs(pid: number): CanaryCandidate {
  return { pid, creator: { pid: process.pid } };
}

describe("Canary", () => {
  const running: Canary[] = [];
  function start(options: CanaryOptions): { canary: Canary; reader: Reader } {
    const reader = new Reader();
    const canary = new Canary(reader, options);
    running.push(canary);
    canary.start();
    return { canary, reader };
  }
  afterEach(async () => {
    for (const canary of running.splice(0)) canary.stop();
    await until(() => canaries().length === 0);
  });

  it("is a process that waits to be seen, and goes when it was", async () => {
    const { canary } = start({ within: 60_000 });
    const pid = await until(() => canaries()[0]);
    assert.equal(canary.recognises(forkedByUs(pid + 1)), false);
    assert.equal(canary.recognises(forkedByUs(pid)), true);
    assert.equal(canary.state.seen, 1);
    assert(canary.state.lastSeen instanceof Date);
    await until(() => !canaries().includes(pid));
    assert.equal(canary.recognises(forkedByUs(pid)), false, "its pid may be another process' by now");
  });

  it("is repeated after its time", async () => {
    const { canary } = start({ within: 60_000, every: 1 });
    for (let i = 0; i < 3; i++) {
      const pid = await until(() => canaries()[0]);
      assert.equal(canary.recognises(forkedByUs(pid)), true);
      await until(() => !canaries().includes(pid));
    }
    assert.deepEqual([canary.state.seen, canary.state.missed], [3, 0]);
  });

  it("is not missed as long as something is left to read", async () => {
    const { canary, reader } = start({ within: 5 });
    const pid = await until(() => canaries()[0]);
    await reader.next("poke");
    assert.equal(canary.state.missed, 0);
    assert.equal(canary.recognises(forkedByUs(pid)), true);
    canary.caughtUp();
    assert.deepEqual(reader.losses, []);
  });

  it("has another chance where this process was stopped meanwhile", async () => {
    const { canary, reader } = start({ within: 20 });
    const pid = await until(() => canaries()[0]);
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 100);
    await new Promise((resolve) => setTimeout(resolve, 1));
    assert.deepEqual(reader.calls, [], "its time begins anew");
    canary.caughtUp();
    assert.equal(canary.recognises(forkedByUs(pid)), true);
    assert.deepEqual(reader.losses, []);
  });

  it("is a loss when it did not come, and LISTEN is sent again", async () => {
    const { canary, reader } = start({ within: 5 });
    await reader.next("poke");
    canary.caughtUp();
    assert.deepEqual(reader.calls, ["poke", "report", "listen"]);
    const [loss] = reader.losses;
    assert.equal(loss?.reason, "canary_missed");
    assert.equal(loss.count, 1);
    assert(loss.from <= loss.until);
    assert.equal(canary.state.missed, 1);
  });

  it("has messages pass the filter when it keeps missing", async () => {
    const { canary, reader } = start({ within: 5 });
    for (let i = 0; i < 3; i++) {
      await reader.next("poke");
      canary.caughtUp();
    }
    assert.deepEqual(
      reader.calls.filter((call) => call.startsWith("passAll")),
      ["passAll true"],
    );
    assert(reader.calls.indexOf("passAll true") < reader.calls.lastIndexOf("listen"), "LISTEN comes after it");
    assert.equal(canary.state.passAll, true);
    assert.equal(reader.losses.length, 3);
  });

  it("knows its own also when it comes too late", async () => {
    const { canary, reader } = start({ within: 5, every: 60_000 });
    const pid = await until(() => canaries()[0]);
    await reader.next("poke");
    canary.caughtUp();
    assert.equal(canary.recognises(forkedByUs(pid)), true);
    assert.equal(canary.recognises(forkedByUs(pid)), false);
  });

  it("is no process that somebody else forked, whose pid was a canary's", async () => {
    const { canary, reader } = start({ within: 5, every: 60_000 });
    const pid = await until(() => canaries()[0]);
    const another = { pid, creator: { pid: process.pid + 1 } };
    assert.equal(canary.recognises(another), false);
    await reader.next("poke");
    canary.caughtUp();
    assert.equal(canary.recognises(another), false, "nor that of one that was missed");
    assert.equal(canary.state.seen, 0);
    assert.equal(canary.recognises(forkedByUs(pid)), true);
  });

  it("says why it could not be run, which is no loss", async () => {
    const { canary, reader } = start({ program: "/nonexistent/cat" });
    assert.match(await until(() => canary.state.problem), /cannot run \/nonexistent\/cat: .*ENOENT/);
    assert.deepEqual(reader.calls, []);
  });

  it("leaves no process behind", async () => {
    const { canary } = start({ within: 60_000 });
    await until(() => canaries()[0]);
    canary.stop();
    await until(() => canaries().length === 0);
  });
});
