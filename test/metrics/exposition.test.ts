import assert from "node:assert/strict";

import { exposition } from "../../src/metrics/exposition.js";
import { metricsOf } from "../../src/metrics/metrics.js";
import { SNAPSHOT } from "../status/snapshot.js";
import { parseExposition } from "./parse.js";

describe("metrics as text", () => {
  it("have help, type and samples, with what is special in labels escaped", () => {
    const text = exposition([
      { name: "a_total", type: "counter", help: "Of\nA\\B.", samples: [{ value: 1.5 }] },
      { name: "b", type: "gauge", help: "B.", samples: [{ labels: { x: 'a"b\\c\nd', y: "z" }, value: 0 }] },
      { name: "none", type: "gauge", help: "Nothing.", samples: [] },
    ]);
    assert.equal(
      text,
      '# HELP a_total Of\\nA\\\\B.\n# TYPE a_total counter\na_total 1.5\n# HELP b B.\n# TYPE b gauge\nb{x="a\\"b\\\\c\\nd",y="z"} 0\n',
    );
  });

  it("are those of the snapshot", () => {
    const { types, samples } = parseExposition(exposition(metricsOf(SNAPSHOT)));
    const expected = {
      'wallwatch_build_info{version="0.1.0"}': 1,
      wallwatch_execs_total: 1234,
      wallwatch_matches_total: 7,
      'wallwatch_alerts_total{severity="low"}': 3,
      'wallwatch_alerts_total{severity="critical"}': 0,
      'wallwatch_lost_events_total{reason="sequence_gap"}': 0,
      'wallwatch_capture_lane{lane="kernel"}': 1,
      'wallwatch_capture_lane{lane="proc"}': 0,
      wallwatch_log_bytes_total: 50_000,
      wallwatch_log_waiting_lines: 0,
      'wallwatch_sink_waiting_lines{sink="siem",type="elasticsearch"}': 2,
      'wallwatch_sink_sent_total{sink="siem",type="elasticsearch"}': 5,
      wallwatch_healthy: 1,
    };
    for (const [name, value] of Object.entries(expected)) assert.equal(samples.get(name), value, name);
    for (const [name, type] of types) {
      assert.equal(name.endsWith("_total"), type === "counter", name);
      assert.match(name, /^(wallwatch|process)_[a-z_]+$/);
    }
  });

  it("tell every reason of a loss from the beginning, so that a rate sees the first one", () => {
    const losses = { unresolved: { count: 4, last: 1 } };
    const { samples } = parseExposition(exposition(metricsOf({ ...SNAPSHOT, losses })));
    const reasons = [...samples].filter(([name]) => name.startsWith("wallwatch_lost_events_total"));
    assert.equal(reasons.length, 5);
    assert.equal(samples.get('wallwatch_lost_events_total{reason="unresolved"}'), 4);
  });

  it("have no time where nothing has happened yet", () => {
    const canary = SNAPSHOT.canary && { ...SNAPSHOT.canary, lastSeen: null };
    const text = exposition(metricsOf({ ...SNAPSHOT, canary, sinks: [] }));
    assert.ok(!text.includes("canary_last_seen"));
    assert.ok(!text.includes("wallwatch_sink"));
  });
});
