import assert from "node:assert/strict";

import { duration, statusText } from "../../src/cli/status_text.js";
import { SNAPSHOT } from "../status/snapshot.js";

describe("the status of an agent, to be read", () => {
  it("has a line for each thing", () => {
    assert.deepEqual(statusText(SNAPSHOT, false).split("\n"), [
      "wallwatch 0.1.0 on web-1: healthy",
      "up          1 min 40 s, since 2030-01-31T11:58:20.000Z, process 4711",
      "lane        kernel, libbpf 1.1.2, real-time priority",
      "events      1234 execs, 12.3 per second",
      "rules       11 live, 12 loaded, 0 broken",
      "alerts      5 in 2 incidents, of 7 matches; 1 undecided",
      "cap         each rule's own number in 5 min; 2 matches held back",
      "exceptions  1; 4 matches",
      "losses      none",
      "log         /var/log/wallwatch/alerts.ndjson: 1.2 MiB of 1 GiB; 0 lines wait",
      "sink siem   elasticsearch: 5 sent, last 1 h 1 min ago; 2 wait, the oldest for 7 s; 0 refused for good",
      "memory      75 MiB (heap 9 MiB, process table 1 MiB)",
      "canary      last seen 5 s ago; 2 seen, 0 missed",
    ]);
  });

  it("begins with what is wrong, and lets nothing through that a terminal would obey", () => {
    const degraded = ["Sink siem takes nothing: \u001b[2J401."];
    const lines = statusText({ ...SNAPSHOT, healthy: false, degraded }, false).split("\n");
    assert.deepEqual(lines.slice(0, 2), [
      "wallwatch 0.1.0 on web-1: degraded",
      "  ! Sink siem takes nothing: \\e[2J401.",
    ]);
  });

  it("tells a time by its two largest units", () => {
    const texts = [0, 999, 61_000, 3_600_000, 90_061_000].map(duration);
    assert.deepEqual(texts, ["0 s", "0 s", "1 min 1 s", "1 h", "1 d 1 h"]);
  });
});
