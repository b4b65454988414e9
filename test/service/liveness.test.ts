import assert from "node:assert/strict";

import { Liveness, type Progress } from "../../src/service/liveness.js";

const NOTHING: Progress = {
  execs: 0,
  canaries: 0,
  hasNoCanary: false,
  committed: 0,
  waiting: 0,
  isRefused: false,
};

/** Looks every five seconds from `from` to `until` (seconds), at what `progress` gives. @returns what stood still at the end */
function watch(
  liveness: Liveness,
  from: number,
  until: number,
  progress: (second: number) => Partial<Progress>,
): string[] {
  let stages: string[] = [];
  for (let second = from; second <= until; second += 5) {
    stages = liveness.look({ ...NOTHING, ...progress(second) }, second * 1000).map(({ stage }) => stage);
  }
  return stages;
}

describe("whether all moves", () => {
  let liveness: Liveness;
  beforeEach(() => (liveness = new Liveness({ capture: 180_000, log: 120_000 })));

  it("is so while canaries come by on a host at rest", () => {
    assert.deepEqual(
      watch(liveness, 0, 3600, (second) => ({ canaries: Math.floor(second / 60) })),
      [],
    );
  });

  it("is so in a storm in which no canary is told in time", () => {
    assert.deepEqual(
      watch(liveness, 0, 3600, (second) => ({ execs: second })),
      [],
    );
  });

  it("is not so when neither execs nor canaries come by, and is again when they do", () => {
    assert.deepEqual(
      watch(liveness, 0, 180, () => NOTHING),
      [],
    );
    assert.deepEqual(
      watch(liveness, 185, 200, () => NOTHING),
      ["capture"],
    );
    assert.deepEqual(
      watch(liveness, 205, 205, () => ({ execs: 1 })),
      [],
    );
  });

  it("cannot be told of capture where no canary can be run", () => {
    assert.deepEqual(
      watch(liveness, 0, 3600, () => ({ hasNoCanary: true })),
      [],
    );
  });

  it("is not so when lines wait and the disk neither takes nor refuses them", () => {
    const waiting = (second: number): Partial<Progress> => ({ execs: second, waiting: 1 });
    assert.deepEqual(watch(liveness, 0, 120, waiting), []);
    assert.deepEqual(watch(liveness, 125, 200, waiting), ["log"]);
  });

  it("is so while lines wait that a slow disk takes one after the other", () => {
    assert.deepEqual(
      watch(liveness, 0, 3600, (second) => ({ execs: second, waiting: 9, committed: Math.floor(second / 60) })),
      [],
    );
  });

  it("is so while a disk refuses: what waits in memory would be lost, also by starting anew because of blindness", () => {
    assert.deepEqual(
      watch(liveness, 0, 3600, () => ({ waiting: 5, isRefused: true })),
      [],
    );
    assert.deepEqual(
      watch(liveness, 3605, 3605, () => ({ waiting: 0, isRefused: true })),
      ["capture"],
    );
  });

  it("is not asked of the time in which this process was stopped", () => {
    watch(liveness, 0, 10, () => ({ waiting: 1 }));
    assert.deepEqual(
      watch(liveness, 3600, 3700, () => ({ waiting: 1 })),
      [],
    );
  });
});
