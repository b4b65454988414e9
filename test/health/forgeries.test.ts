import assert from "node:assert/strict";

import { Forgeries } from "../../src/health/forgeries.js";

const START = Date.parse("2030-01-28T09:00:00Z");
const SECOND = 1000;

describe("messages on the connector that are not the kernel's", () => {
  it("are nothing to tell where there are none", () => {
    const forgeries = new Forgeries(START);
    assert.equal(forgeries.due(0, START + SECOND), undefined);
    assert.equal(forgeries.due(0, START + 2 * SECOND, true), undefined);
  });

  it("are told at once, with the time since there were none", () => {
    const forgeries = new Forgeries(START);
    forgeries.due(0, START + SECOND);
    const report = forgeries.due(3, START + 2 * SECOND);
    assert.equal(report?.action, "forged-events");
    assert.deepEqual(report.details, { forged: { count: 3 } });
    assert.deepEqual([report.from, report.until], [START + SECOND, START + 2 * SECOND]);
    assert.match(report.message, /^3 messages .* were refused/);
    assert.equal(forgeries.due(3, START + 3 * SECOND), undefined, "each is told once");
  });

  it("are told once a minute while they go on, and none is left out", () => {
    const forgeries = new Forgeries(START);
    const told: unknown[] = [];
    for (let second = 1; second <= 150; second++) {
      const report = forgeries.due(10 * second, START + second * SECOND);
      if (report !== undefined) told.push([second, report.details]);
    }
    assert.deepEqual(told, [
      [1, { forged: { count: 10 } }],
      [61, { forged: { count: 600 } }],
      [121, { forged: { count: 600 } }],
    ]);
    const rest = forgeries.due(1500, START + 150 * SECOND, true);
    assert.deepEqual([rest?.from, rest?.details], [START + 121 * SECOND, { forged: { count: 290 } }]);
  });

  it("do not wait for a clock that was set back", () => {
    const forgeries = new Forgeries(START);
    assert.ok(forgeries.due(1, START));
    assert.ok(forgeries.due(2, START - 3_600_000));
  });

  it("make no two reports of the same id", () => {
    const forgeries = new Forgeries(START);
    const ids = [forgeries.due(1, START), forgeries.due(2, START + 60 * SECOND)].map((report) =>
      JSON.stringify(report?.identity),
    );
    assert.notEqual(ids[0], ids[1]);
  });
});
