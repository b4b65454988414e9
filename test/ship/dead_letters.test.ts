import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, renameSync, rmSync, unlinkSync, writeFileSync } from "node:fs";
import { readFile, rename, unlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { DeadLetters, resendingPath } from "../../src/ship/dead_letters.js";

describe("dead letters beside a resend", () => {
  let folder: string;
  let path: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "wallwatch-letters-"));
    path = join(folder, "dead-letters.ndjson");
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it("are not lost where the file is moved, read and removed while they are added", async () => {
    const adding = new DeadLetters(path).add([{ sink: "siem", reason: "400", line: Buffer.from('{"n":1}') }]);
    await new Promise<void>((resolve) => process.nextTick(resolve));
    // By now it opens the file, in another thread; it goes on only when this one waits.
    for (const end = performance.now() + 10_000; !existsSync(path);) {
      if (performance.now() > end) throw new Error("the file is never made");
    }
    renameSync(path, resendingPath(path));
    assert.equal(readFileSync(resendingPath(path), "utf8"), "");
    unlinkSync(resendingPath(path));
    assert.equal(await adding, 0);
    assert.match(readFileSync(path, "utf8"), /^\{.*"sink":"siem".*\}\n$/);
  });

  it("are seen wherever a resend has them", async () => {
    const letters = new DeadLetters(path);
    writeFileSync(path, "letter\n");
    let unseen = 0;
    for (let round = 0; round < 500; round++) {
      const over = new AbortController();
      const moving = (async (): Promise<void> => {
        await rename(path, resendingPath(path));
        // What is refused once more is in the one before it leaves the other.
        await writeFile(path, await readFile(resendingPath(path)));
        await unlink(resendingPath(path));
      })().finally(() => over.abort());
      while (!over.signal.aborted) unseen += Number(await letters.isEmpty());
      await moving;
    }
    assert.equal(unseen, 0);
    rmSync(path);
    assert.equal(await letters.isEmpty(), true);
  });
});
