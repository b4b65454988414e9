import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { RunFile, type RunRecord } from "../../src/service/run_record.js";

const FIRST: RunRecord = { pid: 1, boot: "b", version: "v", started: 1, alive: 1, standstill: [] };

describe("the record of a run", () => {
  let folder: string;
  let path: string;
  beforeEach(() => {
    folder = join(mkdtempSync(join(tmpdir(), "wallwatch-record-")), "state");
    path = join(folder, "run.json");
  });
  afterEach(() => rmSync(join(folder, ".."), { recursive: true }));
  const read = (): unknown => JSON.parse(readFileSync(path, "utf8"));

  it("is there from the beginning, and is kept current", async () => {
    const { file, last } = await RunFile.begin(folder, FIRST);
    assert.deepEqual(last, { record: undefined, result: undefined, damage: undefined });
    assert.deepEqual(read(), FIRST);
    await file.alive(5, ["stuck"]);
    assert.deepEqual(read(), { ...FIRST, alive: 5, standstill: ["stuck"] });
    await file.end({ at: 9, how: "stopped", reason: "stop" });
    assert.equal(statSync(path).mode & 0o007, 0);
  });

  it("is what the next run finds, and its end is final", async () => {
    const { file } = await RunFile.begin(folder, FIRST);
    const end = { at: 9, how: "stopped", reason: "stop" } as const;
    await file.end(end);
    await file.alive(20, []);
    file.endAtOnce({ at: 21, how: "failed", reason: "exit code 1" });
    const { file: next, last } = await RunFile.begin(folder, { ...FIRST, pid: 2 });
    assert.deepEqual(last.record, { ...FIRST, alive: 9, end });
    await next.end(end);
  });

  it("can be ended where nothing can be awaited", async () => {
    const { file } = await RunFile.begin(folder, FIRST);
    const end = { at: 9, how: "failed", reason: "exit code 70" } as const;
    file.endAtOnce(end);
    assert.deepEqual(read(), { ...FIRST, alive: 9, end });
  });

  it("is one agent's alone", async () => {
    const { file } = await RunFile.begin(folder, FIRST);
    const before = read();
    await assert.rejects(RunFile.begin(folder, { ...FIRST, pid: 2 }), { name: "LogInUseError" });
    assert.deepEqual(read(), before);
    await file.end({ at: 9, how: "stopped", reason: "stop" });
    assert.ok(!existsSync(`${path}.lock`));
  });

  it("that is broken is told, and replaced", async () => {
    const { file } = await RunFile.begin(folder, FIRST);
    await file.end({ at: 9, how: "stopped", reason: "stop" });
    for (const text of ['{"pid": 1', '{"pid": "one"}']) {
      writeFileSync(path, text);
      const { file: next, last } = await RunFile.begin(folder, FIRST);
      assert.equal(last.record, undefined);
      assert.ok(last.damage !== undefined && last.damage !== "");
      assert.deepEqual(read(), FIRST);
      await next.end({ at: 9, how: "stopped", reason: "stop" });
    }
  });

  it("has what the service manager saw of the run before, once", async () => {
    const { file } = await RunFile.begin(folder, FIRST);
    await file.end({ at: 9, how: "stopped", reason: "stop" });
    const result = join(folder, "run.result");
    writeFileSync(result, "watchdog killed ABRT\n");
    const { mtimeMs } = statSync(result);
    const { file: second, last } = await RunFile.begin(folder, FIRST);
    assert.deepEqual(last.result, { result: "watchdog", status: "ABRT", at: mtimeMs });
    assert.ok(!existsSync(result));
    await second.end({ at: 9, how: "stopped", reason: "stop" });
  });
});
