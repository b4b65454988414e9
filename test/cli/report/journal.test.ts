import assert from "node:assert/strict";
import { fstatSync, openSync, closeSync } from "node:fs";

import { jsonDiagnostics } from "../../../src/cli/report/diagnostics.js";
import { isJournal, priorityPrefix } from "../../../src/cli/report/journal.js";

describe("the journal", () => {
  it("is known by device and inode, so that a redirected stream is not taken for it", () => {
    const fd = openSync("/dev/null", "r");
    try {
      const { dev, ino } = fstatSync(fd);
      assert.ok(isJournal(fd, `${dev}:${ino}`));
      assert.ok(!isJournal(fd, `${dev}:${ino + 1}`));
      assert.ok(!isJournal(fd, undefined));
    } finally {
      closeSync(fd);
    }
  });

  it("gets each line's priority in front of it", () => {
    const lines: string[] = [];
    const diagnostics = jsonDiagnostics("debug", (text) => lines.push(text), priorityPrefix);
    diagnostics.debug("d");
    diagnostics.info("i");
    diagnostics.warn("w");
    diagnostics.error("e");
    assert.deepEqual(
      lines.map((line) => line.slice(0, 4)),
      ["<7>{", "<6>{", "<4>{", "<3>{"],
    );
  });
});
