import assert from "node:assert/strict";

import { degradations } from "../../src/status/degradations.js";
import { SNAPSHOT } from "./snapshot.js";

describe("whether an agent is as it should be", () => {
  it("is so in the kernel lane, with the log written and a canary seen", () => {
    assert.deepEqual(degradations(SNAPSHOT), []);
  });

  it("is so in the proc lane where that was asked for", () => {
    assert.deepEqual(degradations({ ...SNAPSHOT, lane: "proc", laneWanted: "proc" }), []);
  });

  it("is so after losses of long ago, and where execs only came late", () => {
    const losses = {
      unresolved: { count: 2, last: SNAPSHOT.time - 3_600_000 },
      ring_full: { count: 2, last: SNAPSHOT.time },
    };
    assert.deepEqual(degradations({ ...SNAPSHOT, losses }), []);
  });

  const { log, canary, time } = SNAPSHOT;
  const faults: readonly (readonly [string, Partial<typeof SNAPSHOT>, RegExp])[] = [
    ["the proc lane for want of the kernel's", { lane: "proc" }, /read from \/proc/],
    ["a rule file that is broken", { rules: { live: 1, loaded: 1, broken: 2 } }, /^2 rule files could not/],
    ["a loss of the last minutes", { losses: { sequence_gap: { count: 5, last: time - 1000 } } }, /sequence_gap, 5/],
    ["no canary for long", { canary: canary && { ...canary, lastSeen: time - 200_000 } }, /No canary has come by/],
    ["no canary at all", { canary: canary && { ...canary, lastSeen: null }, started: 0 }, /No canary has come by/],
    ["a canary that cannot be run", { canary: canary && { ...canary, problem: "cannot run" } }, /proves nothing/],
    ["a full disk", { log: { ...log, outage: { since: 1, reason: "ENOSPC" } } }, /cannot be written \(ENOSPC\)/],
    ["alerts that memory had no room for", { log: { ...log, forcedOut: 1 } }, /^1 line had no room/],
    ["alerts that no sink had in time", { log: { ...log, discarded: 3 } }, /^3 lines were deleted/],
  ];
  for (const [what, change, sentence] of faults) {
    it(`is not so with ${what}`, () => {
      const reasons = degradations({ ...SNAPSHOT, ...change });
      assert.equal(reasons.length, 1);
      assert.match(reasons[0] ?? "", sentence);
    });
  }

  it("is not so with a sink that takes nothing, or refuses for good", () => {
    const [sink] = SNAPSHOT.sinks;
    assert.ok(sink !== undefined);
    const sinks = [{ ...sink, holding: { since: 1, reason: "401" }, deadLetters: 3, deadLettersLeft: 3 }];
    assert.deepEqual(degradations({ ...SNAPSHOT, sinks }), [
      "Sink siem takes nothing: 401.",
      "Sink siem refused 3 documents for good.",
    ]);
  });

  it("is so again when what a sink refused was sent again", () => {
    const sinks = SNAPSHOT.sinks.map((sink) => ({ ...sink, deadLetters: 3 }));
    assert.deepEqual(degradations({ ...SNAPSHOT, sinks }), []);
  });
});
