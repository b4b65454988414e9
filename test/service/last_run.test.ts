import assert from "node:assert/strict";

import { endOfRun } from "../../src/service/last_run.js";
import type { RunRecord } from "../../src/service/run_record.js";

const RECORD: RunRecord = {
  pid: 7,
  boot: "this boot",
  version: "0.1.0",
  started: 1000,
  alive: 5000,
  standstill: [],
};
const NOW = 9000;

describe("how the last run ended", () => {
  const end = (
    change: Partial<RunRecord>,
    result?: { result: string; status: string; at: number },
    damage?: string,
  ): unknown => endOfRun({ record: { ...RECORD, ...change }, result, damage }, "this boot", NOW);

  it("is not known of a first one, or where its record is gone or broken", () => {
    const last = { record: undefined, result: undefined };
    assert.deepEqual(endOfRun({ ...last, damage: undefined }, "b", NOW), {
      ending: "first",
      detail: undefined,
      gap: undefined,
      isExpected: true,
    });
    assert.equal(endOfRun({ ...last, damage: "not JSON" }, "b", NOW).detail, "not JSON");
  });

  it("is what it said itself, and the gap begins then, also after a reboot", () => {
    for (const boot of ["this boot", "earlier"]) {
      assert.deepEqual(end({ boot, end: { at: 6000, how: "stopped", reason: "stop" } }), {
        ending: "orderly",
        detail: "stop",
        gap: { from: 6000, until: NOW, isExact: true },
        isExpected: true,
      });
    }
  });

  it("is not believed to be a shutdown where the host did not go down", () => {
    const last = { at: 6000, how: "stopped", reason: "shutdown" } as const;
    assert.deepEqual(end({ boot: "earlier", end: last }), {
      ending: "orderly",
      detail: "shutdown",
      gap: { from: 6000, until: NOW, isExact: true },
      isExpected: true,
    });
    assert.deepEqual(end({ end: last }), {
      ending: "orderly",
      detail: "it was taken for a shutdown, yet the host did not go down",
      gap: { from: 6000, until: NOW, isExact: true },
      isExpected: false,
    });
  });

  it("is a failure where it could say no more than that", () => {
    assert.deepEqual(end({ end: { at: 6000, how: "failed", reason: "exit code 70" } }), {
      ending: "failed",
      detail: "exit code 70",
      gap: { from: 6000, until: NOW, isExact: true },
      isExpected: false,
    });
  });

  it("is a kill where it said nothing, and the gap begins with the last sign of life", () => {
    assert.deepEqual(end({}), {
      ending: "killed",
      detail: undefined,
      gap: { from: 5000, until: NOW, isExact: false },
      isExpected: false,
    });
  });

  it("is a hang where it had said that it stands still", () => {
    assert.deepEqual(end({ standstill: ["The disk does not answer."] }), {
      ending: "hang",
      detail: "The disk does not answer.",
      gap: { from: 5000, until: NOW, isExact: false },
      isExpected: false,
    });
  });

  it("is that the host went down where this is another boot", () => {
    assert.deepEqual(end({ boot: "earlier" }), {
      ending: "host-down",
      detail: undefined,
      gap: { from: 5000, until: NOW, isExact: false },
      isExpected: false,
    });
  });

  for (const [result, status, ending] of [
    ["watchdog", "ABRT", "hang"],
    ["signal", "KILL", "killed"],
    ["timeout", "KILL", "killed"],
    ["core-dump", "SEGV", "crash"],
    ["oom-kill", "KILL", "out-of-memory"],
    ["exit-code", "134", "failed"],
  ] as const) {
    it(`is "${ending}" where the service manager saw ${result}`, () => {
      assert.deepEqual(end({}, { result, status, at: 5500 }), {
        ending,
        detail: `${result} ${status}`,
        gap: ending === "hang" ? { from: 5000, until: NOW, isExact: false } : { from: 5500, until: NOW, isExact: true },
        isExpected: false,
      });
    });
  }

  it("is not told by what the service manager saw of an earlier run", () => {
    assert.deepEqual(end({}, { result: "watchdog", status: "ABRT", at: 900 }), end({}));
  });
});
