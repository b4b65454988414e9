import assert from "node:assert/strict";

import { addon, Recording } from "./addon.js";

describe("the addon, before anything is captured", () => {
  it("refuses options that make no sense, by name", () => {
    const open = (options: object) => () => new addon.Capture(options as never, () => undefined);
    assert.throws(open({ lane: "fast" }), /lane must be/);
    assert.throws(open({}), /lane must be/);
    assert.throws(open({ lane: "auto", environment: "PATH" }), /environment must be/);
    assert.throws(open({ lane: "auto", environment: [1] }), /environment must be/);
    const many = Array.from({ length: 65 }, (_, i) => `VARIABLE_${i}`);
    assert.throws(open({ lane: "auto", environment: many }), /environment must not have more than 64 names/);
    for (const ringBytes of [0, -1, 1.5, "big", Number.NaN, 2 ** 40, 5, 2048, 3 << 20, (1 << 20) + 1]) {
      assert.throws(open({ lane: "auto", ringBytes }), /ringBytes must be/);
    }
    assert.throws(open({ lane: "auto", receiveBytes: 0 }), /receiveBytes must be/);
    assert.throws(() => new addon.Capture({ lane: "auto", environment: [] }, undefined as never), /onWake must be/);
  });

  it("has nothing to take, counts zeros, and stops at once", async () => {
    const recording = new Recording();
    assert.equal(recording.binding.take(), null);
    const stats = recording.binding.stats();
    assert.ok(Object.keys(stats).includes("unresolved"));
    assert.ok(Object.values(stats).every((count) => count === 0));
    await recording.binding.stop();
    await assert.rejects(recording.binding.listen(), { code: "ECANCELED" });
    recording.binding.passAll(true);
  });

  it("says what a /proc that is not there is", async () => {
    await assert.rejects(new Recording({ lane: "proc", procRoot: "/no/such/folder" }).binding.start(), {
      name: "Error",
      code: "ENOENT",
      syscall: "open",
      message: /\/no\/such\/folder/,
    });
  });

  it("samples the three clocks at one moment", () => {
    const before = process.hrtime.bigint();
    const { monotonic, boottime, realtime } = addon.clocks();
    const after = process.hrtime.bigint();
    assert.ok(monotonic >= before && monotonic <= after); // hrtime is CLOCK_MONOTONIC
    assert.ok(boottime >= monotonic - 1_000_000n);
    assert.ok(Math.abs(Number(realtime / 1_000_000n) - Date.now()) < 1000);
  });
});
