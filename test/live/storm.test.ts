import assert from "node:assert/strict";
import { setTimeout as wait } from "node:timers/promises";

import { Counter, fence, markedStorm } from "../support/counter.js";
import { MARKER, type LostEvents } from "../support/counting_watch.js";
import { describeLive } from "../support/live.js";
import { PATIENCE } from "../support/patience.js";

const STORM = Number(process.env["TEST_STORM"] ?? 20_000);

/** Execs that were told to be lost; a full ring only makes them late. */
function missing({ unresolved = 0, socket_overrun = 0 }: LostEvents): number {
  return unresolved + socket_overrun;
}

describeLive("a storm of instantly exiting processes", function () {
  this.timeout(180_000 * PATIENCE);

  it("is caught whole by the kernel lane", async () => {
    const counter = await Counter.start("kernel");
    await fence("begin");
    await markedStorm(STORM, MARKER);
    await fence("end");
    await counter.sees("end");
    const { marked, lost } = await counter.stop();
    assert.deepEqual(lost, {});
    assert.equal(marked.length, STORM);
    assert.ok(marked.every((times) => times === 1));
  });

  // What the kernel lane sees is all there is; the losses of the other watch do not tell marked execs from others.
  for (const { title, lane, ringBytes, rest } of [
    { title: "in the proc lane: what is missing is reported, to the last exec", lane: "proc", ringBytes: 0, rest: 0 },
    { title: "with a ring that is always full: likewise", lane: "kernel", ringBytes: 4096, rest: 0 },
    { title: "while the watch is stopped for ten seconds: likewise", lane: "kernel", ringBytes: 0, rest: 10_000 },
  ] as const) {
    it(title, async () => {
      const execs = rest > 0 && STORM >= 20_000 ? 10 * STORM : STORM;
      const reference = await Counter.start("kernel");
      const counter = await Counter.start(lane, ringBytes);
      await fence("begin");
      await Promise.all([reference.sees("begin"), counter.sees("begin")]);
      const storm = markedStorm(execs, MARKER);
      if (rest > 0) {
        counter.signal("SIGSTOP");
        await wait(rest); // the time is what the test is about
        counter.signal("SIGCONT");
      }
      await storm;
      await fence("end");
      await Promise.all([reference.sees("end"), counter.sees("end")]);
      const whole = await reference.stop();
      const counted = await counter.stop();
      assert.equal(
        whole.marked.reduce((sum, times) => sum + times, 0),
        execs,
      );
      assert.deepEqual(whole.lost, {});
      // Between the fences happened all of `lost`, and nobody knows how much of `perhapsLost`.
      const least = counted.execs + missing(counted.lost);
      const most = least + missing(counted.perhapsLost);
      assert.ok(least <= whole.execs && whole.execs <= most, `${least} <= ${whole.execs} <= ${most}`);
      assert.equal(counted.lost.sequence_gap, undefined);
      assert.ok(counted.marked.every((times) => times <= 1));
      if (STORM >= 20_000) assert.ok(whole.execs > counted.execs, "nothing was lost: the test shows nothing");
    });
  }
});
