import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { open } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { repairTail, type TornLine } from "../../src/log/tail.js";

describe("the log's last line", () => {
  let folder: string;
  let path: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "wallwatch-tail-"));
    path = join(folder, "alerts.ndjson");
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  async function repair(content: string | Buffer): Promise<TornLine | undefined> {
    writeFileSync(path, content);
    const file = await open(path, "a+");
    try {
      return await repairTail(file, (await file.stat()).size, `${path}.torn`);
    } finally {
      await file.close();
    }
  }

  it("is left alone when it is whole, or when there is none", async () => {
    for (const content of ["", '{"a":1}\n', '{"a":1}\n{"b":2}\n']) {
      assert.equal(await repair(content), undefined);
      assert.equal(readFileSync(path, "utf8"), content);
    }
  });

  it("is completed when only its newline is missing", async () => {
    assert.deepEqual(await repair('{"a":1}\n{"b":2}'), { bytes: 7, movedTo: undefined });
    assert.equal(readFileSync(path, "utf8"), '{"a":1}\n{"b":2}\n');
    assert.equal(existsSync(`${path}.torn`), false);
  });

  it("is moved aside when it is cut short, and a second one is added to the first", async () => {
    assert.deepEqual(await repair('{"a":1}\n{"b":'), { bytes: 5, movedTo: `${path}.torn` });
    assert.equal(readFileSync(path, "utf8"), '{"a":1}\n');
    await repair('{"c":');
    assert.equal(readFileSync(path, "utf8"), "");
    assert.equal(readFileSync(`${path}.torn`, "utf8"), '{"b":\n{"c":\n');
  });

  it("is found however long it is, also the zeros that a loss of power leaves", async () => {
    const tail = Buffer.concat([Buffer.from(`{"a":"${"x".repeat(200_000)}`), Buffer.alloc(65_536)]);
    const torn = await repair(Buffer.concat([Buffer.from('{"a":1}\n'), tail]));
    assert.equal(torn?.bytes, tail.length);
    assert.equal(readFileSync(path, "utf8"), '{"a":1}\n');
    assert.deepEqual(readFileSync(`${path}.torn`).subarray(0, -1), tail);
  });

  it("is not looked for in a file that is no log", async () => {
    const content = Buffer.alloc(17 * 2 ** 20, "x");
    await assert.rejects(repair(content), /is not an alert log/);
    assert.equal(readFileSync(path).length, content.length);
  });
});
