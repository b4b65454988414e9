import assert from "node:assert/strict";

import { keysForRestart } from "../../src/config/changes.js";
import { parseConfig } from "../../src/config/load.js";

function keys(before: string, after: string): readonly string[] {
  return keysForRestart(parseConfig(before, "x"), parseConfig(after, "x"));
}

describe("changes of the configuration that need a restart", () => {
  it("are those of capture, log and the like, by their keys", () => {
    assert.deepEqual(
      keys('capture.lane = "proc"\n', 'log = { path = "/x", memory = "1MiB" }\ncapture.environment = []\n'),
      ["capture.environment", "capture.lane", "log.memory", "log.path"],
    );
  });

  it("are those of sinks: one that is new, one that is gone, one that is another", () => {
    const sink = (name: string): string => `[sinks.${name}]\ntype = "http"\nurl = "https://${name}.example/"\n`;
    assert.deepEqual(keys(sink("a"), sink("b")), ["sinks.a", "sinks.b"]);
    assert.deepEqual(keys(sink("a"), `${sink("a")}health = false\n`), ["sinks.a.health"]);
  });

  it("are none where nothing is another value", () => {
    assert.deepEqual(keys("", 'capture.lane = "auto"\nlog.memory = "16MiB"\n'), []);
  });

  it("are not those that a reload takes over", () => {
    const after = `tags = ["a"]\nlabels.b = "c"\ncap = { alerts = 1, window = "1m" }\nrules = { shipped = false, paths = ["/d"] }
redaction = { usual = false, patterns = ["--pin=*"] }
[[exceptions]]\nreason = "r"\ncondition = "true"\n`;
    assert.deepEqual(keys("", after), []);
  });
});
