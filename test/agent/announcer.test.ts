import assert from "node:assert/strict";

import { Announcer } from "../../src/agent/announcer.js";
import type { Detection } from "../../src/detect/detector.js";
import type { LogEntry } from "../../src/log/entry.js";
import { rule } from "../detect/support.js";

const ANY = rule({ query: "any where true" });

describe("the announcer", () => {
  let told: string[];
  let announcer: Announcer;
  beforeEach(() => {
    told = [];
    announcer = new Announcer(({ kind, ...rest }) =>
      told.push(kind === "capped" && "incidentId" in rest ? rest.incidentId : kind),
    );
  });

  function append(name: string, isQueued = true): LogEntry {
    const entry = { line: Buffer.from(name), subject: "rule", isAlert: true };
    const detection: Detection = { kind: "capped", rule: ANY, incidentId: name };
    announcer.appended(entry, detection, isQueued);
    return entry;
  }

  it("tells what is on disk, once and in its order", () => {
    const [a, b, c] = [append("a"), append("b"), append("c")];
    assert.deepEqual(told, []);
    announcer.committed([a, b]);
    assert.deepEqual(told, ["a", "b"]);
    announcer.committed([b, c]);
    assert.deepEqual(told, ["a", "b", "c"]);
  });

  it("does not wait for a disk that refuses", () => {
    const a = append("a");
    announcer.refused();
    const b = append("b");
    assert.deepEqual(told, ["a", "b"]);
    announcer.accepted();
    const c = append("c");
    announcer.committed([a, b]);
    assert.deepEqual(told, ["a", "b"]);
    announcer.committed([c]);
    assert.deepEqual(told, ["a", "b", "c"]);
  });

  it("tells what the log had no room for", () => {
    append("a", false);
    assert.deepEqual(told, ["a"]);
  });
});
