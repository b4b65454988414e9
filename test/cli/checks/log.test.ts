import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { logCheck } from "../../../src/cli/checks/log.js";

describe("the check of the alert log", () => {
  const folder = mkdtempSync(join(tmpdir(), "wallwatch-check-"));
  after(() => rmSync(folder, { recursive: true }));

  it("warns of a disk budget that the whole disk has no room for", async () => {
    const path = join(folder, "log", "alerts.ndjson");
    const { status, detail, cure } = await logCheck({ path, disk: 2 ** 60 });
    assert.equal(status, "warning");
    assert.match(detail, /log\.disk allows 1099511627776 MiB, and its disk has \d+ MiB in all/);
    assert.match(cure ?? "", /^Set log\.disk/);
  });

  it("does not take a folder for a log", async () => {
    const path = join(folder, "folder.ndjson");
    mkdirSync(path);
    const { status, detail } = await logCheck({ path, disk: 2 ** 20 });
    assert.equal(status, "failed");
    assert.match(detail, /not a regular file/);
  });
});
