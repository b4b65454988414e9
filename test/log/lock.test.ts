import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readlinkSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { LogInUseError, LogLock } from "../../src/log/lock.js";
import { ownName } from "../../src/log/process_name.js";

const GONE = "1.0.another-boot";

describe("the lock of a log", () => {
  let folder: string;
  let path: string;
  let link: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "wallwatch-lock-"));
    path = join(folder, "alerts.ndjson");
    link = `${path}.lock`;
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it("is taken over from a process that is gone by one of those that begin in the same moment", async () => {
    for (let round = 0; round < 10; round++) {
      symlinkSync(GONE, link);
      const locks = Array.from({ length: 6 }, () => new LogLock(path));
      const results = await Promise.allSettled(locks.map((lock) => lock.ensure()));
      const refused = results.flatMap((result) => (result.status === "rejected" ? [result.reason as unknown] : []));
      assert.equal(refused.length, locks.length - 1);
      for (const reason of refused) assert.ok(reason instanceof LogInUseError, String(reason));
      assert.deepEqual(readdirSync(folder), ["alerts.ndjson.lock"]);
      assert.equal(readlinkSync(link), ownName());
      for (const lock of locks) await lock.release();
      assert.deepEqual(readdirSync(folder), []);
    }
  });

  it("is taken over where a process was killed that took it over", async () => {
    symlinkSync(GONE, link);
    symlinkSync("2.0.another-boot", `${link}.turn-1`);
    await new LogLock(path).ensure();
    assert.equal(readlinkSync(link), ownName());
    assert.deepEqual(readdirSync(folder), ["alerts.ndjson.lock"]);
  });

  it("is not taken over while another process does that", async () => {
    symlinkSync(GONE, link);
    symlinkSync(ownName(), `${link}.turn-1`);
    await assert.rejects(new LogLock(path, 50).ensure(), new LogInUseError(path, process.pid));
    assert.equal(readlinkSync(link), GONE);
    assert.deepEqual(readdirSync(folder).sort(), ["alerts.ndjson.lock", "alerts.ndjson.lock.turn-1"]);
  });
});
