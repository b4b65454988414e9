import assert from "node:assert/strict";

import { jsonDiagnostics, textDiagnostics } from "../../../src/cli/report/diagnostics.js";

describe("diagnostics", () => {
  it("are JSON with level, time and details for a journal", () => {
    const lines: string[] = [];
    const diagnostics = jsonDiagnostics("info", (text) => lines.push(text));
    diagnostics.debug("not told");
    diagnostics.warn("100% of it", { loss: { count: 3 } });
    assert.equal(lines.length, 1);
    const { time, ...rest } = JSON.parse(lines[0] ?? "") as Record<string, unknown>;
    assert.ok(Math.abs(Date.parse(String(time)) - Date.now()) < 60_000);
    assert.deepEqual(rest, { level: "warn", pid: process.pid, loss: { count: 3 }, msg: "100% of it" });
  });

  it("are short text for a terminal", () => {
    const lines: string[] = [];
    const diagnostics = textDiagnostics("warn", false, (text) => lines.push(text));
    diagnostics.info("not told");
    diagnostics.warn("this", { detail: 1 });
    diagnostics.error("that");
    assert.deepEqual(lines, ["wallwatch: warning: this\n", "wallwatch: error: that\n"]);
  });
});
