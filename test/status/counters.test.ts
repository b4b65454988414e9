import assert from "node:assert/strict";

import type { Detection } from "../../src/detect/detector.js";
import type { Rule } from "../../src/rules/rule.js";
import { Counters } from "../../src/status/counters.js";

const RULE = { id: "r", name: "R", severity: "medium" } as Rule;

function alert(incidentId: string, outcome?: string): Detection {
  const document = outcome === undefined ? {} : { event: { outcome } };
  return { kind: "alert", rule: RULE, incidentId, document };
}

describe("what is counted of an agent", () => {
  let counters: Counters;
  beforeEach(() => (counters = new Counters()));

  it("are alerts by severity, and each incident once", () => {
    const events = counters.listen({});
    for (const detection of [alert("a"), alert("b"), alert("a", "unknown")]) events.detected?.(detection);
    events.detected?.({ kind: "capped", rule: RULE, incidentId: "b" });
    assert.deepEqual(counters.alerts, { low: 0, medium: 3, high: 0, critical: 0 });
    assert.equal(counters.incidents, 2);
    assert.equal(counters.undecided, 1);
    assert.equal(counters.capped, 1);
  });

  it("are losses by reason, with the time of the last one", () => {
    const events = counters.listen({});
    for (const [count, second] of [
      [3, 1],
      [4, 9],
    ] as const) {
      const until = new Date(second * 1000);
      events.lost?.({ kind: "loss", reason: "ring_full", count, from: new Date(0), until });
    }
    assert.deepEqual([...counters.losses], [["ring_full", { count: 7, last: 9000 }]]);
  });

  it("is an outage from its first word on, until it is over", () => {
    const events = counters.listen({});
    const waiting = { lines: 1, bytes: 1, refused: 0 };
    events.outage?.(new Error("full"), waiting);
    const since = counters.outage?.since;
    events.outage?.(new Error("read-only"), waiting);
    assert.deepEqual(counters.outage, { since, reason: "read-only" });
    events.recovered?.();
    assert.equal(counters.outage, undefined);
  });

  it("are lines and bytes on disk", () => {
    const line = Buffer.from("{}\n");
    counters.listen({}).committed?.([{ line, subject: "x", isAlert: true }]);
    assert.equal(counters.committedLines, 1);
    assert.equal(counters.committedBytes, 3);
  });

  it("are told on to whoever else listens", () => {
    const told: string[] = [];
    const events = counters.listen({
      detected: () => told.push("detected"),
      recovered: () => told.push("recovered"),
    });
    events.detected?.(alert("a"));
    events.recovered?.();
    assert.deepEqual(told, ["detected", "recovered"]);
  });

  it("gives the rate of the last minute", () => {
    assert.equal(counters.rate(10, 0), 0);
    for (let second = 0; second <= 300; second += 5)
      counters.sample(second < 200 ? 0 : (second - 200) * 7, second * 1000);
    assert.equal(counters.rate(700, 300_000), 7);
  });
});
