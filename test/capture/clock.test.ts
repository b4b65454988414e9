import assert from "node:assert/strict";

import { WallClock, WallTime } from "../../src/capture/clock.js";

const SECOND = 1_000_000_000n;
const NOON = 1_700_000_000n * SECOND;

describe("WallClock", () => {
  it("puts kernel time on the wall", () => {
    const clock = new WallClock({ monotonic: 90n * SECOND, boottime: 100n * SECOND, realtime: NOON });
    const time = clock.at(98n * SECOND + 123_456_789n);
    assert.equal(time.iso, "2023-11-14T22:13:18.123456789Z");
    assert.equal(time.date.toISOString(), "2023-11-14T22:13:18.123Z");
  });

  it("counts suspended time, which CLOCK_MONOTONIC does not", () => {
    const before = new WallClock({ monotonic: 100n * SECOND, boottime: 100n * SECOND, realtime: NOON });
    const after = new WallClock({
      monotonic: 101n * SECOND,
      boottime: 3701n * SECOND,
      realtime: NOON + 3601n * SECOND,
    });
    assert.equal(after.at(3700n * SECOND).epochNs - before.at(100n * SECOND).epochNs, 3600n * SECOND);
    assert.equal(after.at(100n * SECOND).epochNs, NOON);
  });

  it("is right after the clock was set, and no step is in a latency", () => {
    const stepped = new WallClock({ monotonic: 0n, boottime: 200n * SECOND, realtime: NOON - 86_400n * SECOND });
    assert.equal(stepped.at(199n * SECOND).iso, "2023-11-13T22:13:19.000000000Z");
    assert.equal(stepped.since(199n * SECOND), SECOND);
    assert.equal(stepped.now.epochNs, NOON - 86_400n * SECOND);
  });
});

describe("WallTime", () => {
  it("has nine digits, the small ones too", () => {
    assert.equal(new WallTime(1n).iso, "1970-01-01T00:00:00.000000001Z");
    assert.equal(new WallTime(1_999_999n).date.getTime(), 1);
  });
});
