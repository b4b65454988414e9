import assert from "node:assert/strict";

import { compareStamps, nextStamp, SegmentNames } from "../../src/log/segment_name.js";

const NOON = Date.UTC(2026, 0, 31, 12, 0, 0, 5);

describe("the names of segments", () => {
  const names = new SegmentNames("/var/log/wallwatch/alerts.ndjson");

  it("say when the segment was closed", () => {
    const stamp = nextStamp(undefined, NOON);
    assert.equal(names.path(stamp), "/var/log/wallwatch/alerts-20260131T120000.005Z-0000.ndjson");
    assert.deepEqual(names.parse("alerts-20260131T120000.005Z-0000.ndjson"), stamp);
  });

  it("sort as the segments were closed, also where the clock was set back", () => {
    const first = nextStamp(undefined, NOON);
    const sameTime = nextStamp(first, NOON);
    const setBack = nextStamp(sameTime, NOON - 3_600_000);
    const later = nextStamp(setBack, NOON + 1);
    const all = [first, sameTime, setBack, later];
    assert.deepEqual(
      all
        .toReversed()
        .sort(compareStamps)
        .map((stamp) => names.path(stamp)),
      all.map((stamp) => names.path(stamp)),
    );
    assert.deepEqual(
      all.map((stamp) => names.path(stamp)).sort(),
      all.map((stamp) => names.path(stamp)),
    );
    assert.ok(compareStamps({ ...first, number: 9999 }, { ...first, number: 10_000 }) < 0);
  });

  it("are no others' names", () => {
    const others = [
      "alerts.ndjson",
      "alerts.ndjson.torn",
      "alerts.ndjson.1",
      "alerts-old.ndjson",
      "alerts-20260131T120000.005Z-0000.ndjson.gz",
      "alerts-20260131T120000.005Z-0.ndjson",
      "other-20260131T120000.005Z-0000.ndjson",
    ];
    assert.deepEqual(
      others.filter((name) => names.parse(name) !== undefined),
      [],
    );
  });

  it("need no extension", () => {
    const plain = new SegmentNames("/srv/alerts");
    const stamp = nextStamp(undefined, NOON);
    assert.equal(plain.path(stamp), "/srv/alerts-20260131T120000.005Z-0000");
    assert.deepEqual(plain.parse("alerts-20260131T120000.005Z-0000"), stamp);
  });
});
