import assert from "node:assert/strict";
import { chmodSync, renameSync, rmSync, unlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

import type { LogReader } from "../../src/log/reader.js";
import type { AlertLog } from "../../src/log/writer.js";
import { entry, isRoot, LogHarness, names, nextNames, numbers, take, until } from "./writer_harness.js";

const never = new AbortController().signal;

describe("a reader while the disk refuses", () => {
  let harness: LogHarness;
  beforeEach(() => (harness = new LogHarness()));
  afterEach(() => harness.cleanUp());

  function append(log: AlertLog, which: readonly string[], padding = 0): void {
    for (const name of which) log.append(entry(name, "rule", padding));
  }

  /** Nothing can be written where a file is in the folder's place. */
  function closeFolder(): () => void {
    const folder = dirname(harness.path);
    renameSync(folder, `${folder}.away`);
    writeFileSync(folder, "in the way");
    return () => {
      unlinkSync(folder);
      renameSync(`${folder}.away`, folder);
    };
  }

  /** What a reader gets that opens under the same name after a restart. */
  async function afterRestart(log: AlertLog, reader: LogReader): Promise<string[]> {
    await log.close(1000);
    await reader.close();
    const again = await harness.open();
    const reopened = await harness.openReader();
    again.append(entry("fence"));
    await again.drained();
    return await nextNames(reopened);
  }

  it("takes lines from memory, and not again from disk", async () => {
    const log = await harness.open();
    const reader = await harness.openReader();
    append(log, numbers(10, 12));
    await log.drained();
    const openFolder = closeFolder();
    append(log, numbers(12, 20));
    assert.deepEqual(await take(reader, 6, 2), numbers(10, 16), "first what is on disk, then what waits");
    assert.deepEqual([reader.waiting.lines, reader.waiting.bytes], [4, 4 * entry("10").line.length]);
    assert.equal(harness.outages.length, 1);
    openFolder();
    await log.drained();
    assert.equal(harness.recovered, 1);
    append(log, ["20"]);
    assert.deepEqual(await take(reader, 5), numbers(16, 21));
    assert.deepEqual(names(harness.lines()), numbers(10, 21), "the log has all of them");
    assert.deepEqual(await afterRestart(log, reader), ["fence"]);
    assert.deepEqual(harness.troubles, []);
  });

  it("commits after the recovery what it took from memory before", async () => {
    const log = await harness.open();
    const reader = await harness.openReader();
    const openFolder = closeFolder();
    append(log, numbers(10, 16));
    const batch = await reader.next({ lines: 4, bytes: 1000 }, never);
    assert.equal(batch?.maybeSent, false);
    assert.equal(batch.lines.length, 4);
    openFolder();
    await log.drained();
    await reader.commit(batch);
    assert.deepEqual([reader.waiting.lines, reader.waiting.bytes], [2, 2 * entry("10").line.length]);
    assert.deepEqual(await take(reader, 2), ["14", "15"]);
    assert.deepEqual(await afterRestart(log, reader), ["fence"]);
  });

  it("takes again from disk what it had from memory and never committed", async () => {
    const log = await harness.open();
    const reader = await harness.openReader();
    const openFolder = closeFolder();
    append(log, numbers(10, 16));
    assert.deepEqual(await nextNames(reader, 4), numbers(10, 14));
    openFolder();
    await log.drained();
    assert.deepEqual(await take(reader, 6), numbers(10, 16));
  });

  it("is woken by a line that comes during the outage", async () => {
    const log = await harness.open();
    const reader = await harness.openReader();
    const openFolder = closeFolder();
    append(log, ["10"]);
    await take(reader, 1);
    const next = take(reader, 1);
    append(log, ["11"]);
    assert.deepEqual(await next, ["11"]);
    openFolder();
    await log.drained();
    append(log, ["12"]);
    assert.deepEqual(await take(reader, 1), ["12"]);
  });

  it("goes on by itself for each of several, however far it came", async () => {
    const log = await harness.open();
    const [quick, slow] = [await harness.openReader("quick"), await harness.openReader("slow")];
    append(log, numbers(10, 20));
    await log.drained();
    await take(quick, 10);
    await take(slow, 3);
    const openFolder = closeFolder();
    append(log, numbers(20, 30));
    assert.deepEqual(await take(quick, 10, 3), numbers(20, 30));
    assert.deepEqual(await take(slow, 9, 4), numbers(13, 22));
    openFolder();
    await log.drained();
    append(log, ["30"]);
    assert.deepEqual(await take(quick, 1), ["30"]);
    assert.deepEqual(await take(slow, 9), numbers(22, 31));
  });

  it("gets all of an outage that is longer than memory, where it keeps up", async () => {
    const line = entry("100").line.length;
    const log = await harness.open(10 * line);
    const reader = await harness.openReader();
    const openFolder = closeFolder();
    const taken: string[] = [];
    for (let from = 100; from < 200; from += 5) {
      append(log, numbers(from, from + 5));
      taken.push(...(await take(reader, 5)));
    }
    assert.deepEqual(taken, numbers(100, 200));
    openFolder();
    await until("what was forced out", () => harness.forcedOut.length > 0);
    await log.drained();
    const stored = names(harness.lines());
    assert.deepEqual(stored, numbers(200 - stored.length, 200), "the log has the last of them");
    assert.equal(
      harness.forcedOut.reduce((sum, { lines }) => sum + lines, 0),
      100 - stored.length,
    );
    assert.deepEqual(await afterRestart(log, reader), ["fence"]);
  });

  it("keeps the first lines where one of several does not keep up", async () => {
    const line = entry("100").line.length;
    const log = await harness.open(10 * line);
    const [quick, slow] = [await harness.openReader("quick"), await harness.openReader("slow")];
    const openFolder = closeFolder();
    append(log, numbers(100, 110));
    await take(quick, 10);
    await take(slow, 2);
    append(log, numbers(110, 120));
    assert.deepEqual(await take(slow, 10), numbers(102, 112), "room was made of the two that both have");
    openFolder();
    await until("what was forced out", () => harness.forcedOut.length > 0);
    await log.drained();
    assert.equal(harness.lines().length, 20 - (harness.forcedOut[0]?.lines ?? 0));
    assert.deepEqual(names(harness.lines()).slice(-10), numbers(102, 112));
  });

  it("takes lines from memory while the disk does not answer, and not again when it does", async () => {
    let answer = (): void => undefined;
    const answered = new Promise<void>((resolve) => (answer = resolve));
    const { appendToLog } = harness;
    harness.appendToLog = async (...args) => {
      const appended = await appendToLog(...args);
      await answered;
      return appended;
    };
    const log = await harness.open(undefined, {}, 100);
    const reader = await harness.openReader();
    try {
      append(log, numbers(10, 13));
      assert.deepEqual(await take(reader, 3), numbers(10, 13));
      assert.deepEqual(harness.committed, []);
      assert.match(harness.outages[0]?.code ?? "", /has not answered for 0.1 s/);
      append(log, ["13"]);
      assert.deepEqual(await take(reader, 1), ["13"]);
      answer();
      await log.drained();
    } finally {
      answer();
    }
    assert.equal(harness.recovered, 1);
    assert.deepEqual(names(harness.lines()), numbers(10, 14));
    assert.deepEqual(await afterRestart(log, reader), ["fence"]);
  });

  it("loses nothing of a full disk that has room again, in several steps (needs root)", async function () {
    if (!isRoot()) return this.skip();
    harness.mountSmallDisk(128 * 1024);
    const log = await harness.open(undefined, { segmentSize: 16 * 1024 });
    const reader = await harness.openReader();
    const fillers = ["a", "b", "c"].map((name) => join(dirname(harness.path), name));
    for (const path of fillers) writeFileSync(path, Buffer.alloc(32 * 1024));
    // 140 lines of some 700 bytes are 96 KiB where 32 are left.
    append(log, numbers(100, 240), 680);
    await until("an outage", () => harness.outages.length > 0);
    assert.equal(harness.outages[0]?.code, "ENOSPC");
    const taken = await take(reader, 90, 7);
    for (const path of fillers) {
      rmSync(path);
      append(log, ["more"], 680);
      taken.push(...(await take(reader, 10, 3)));
    }
    await log.drained();
    taken.push(...(await take(reader, 23)));
    assert.deepEqual(
      taken.filter((name) => name !== "more"),
      numbers(100, 240),
      "each once and in order",
    );
    assert.equal(taken.length, 143);
    const stored = harness.segments().flatMap((path) => names(harness.lines(path)));
    assert.deepEqual(stored, taken, "and so they stand in the log");
    assert.equal(harness.recovered, 1);
    assert.deepEqual(harness.forcedOut, []);
    assert.deepEqual(await afterRestart(log, reader), ["fence"]);
  });

  it("reads on while the disk is read-only, with its cursor elsewhere (needs root)", async function () {
    if (!isRoot()) return this.skip();
    harness.mountSmallDisk(64 * 1024);
    let log = await harness.open();
    append(log, numbers(10, 14));
    await log.close(1000);
    harness.remount("ro");
    log = await harness.open();
    const reader = await harness.openReader();
    assert.equal(harness.outages[0]?.code, "EROFS");
    append(log, ["14"]);
    assert.deepEqual(await take(reader, 1), ["14"], "what stands in segments that were never opened has to wait");
    harness.remount("rw");
    await log.drained();
    assert.deepEqual(await take(reader, 4), numbers(10, 14));
    assert.deepEqual(await afterRestart(log, reader), ["fence"]);
    assert.deepEqual(harness.troubles, []);
  });

  it("reads on when its folder is closed to it and opened again (needs root, to be somebody else)", async function () {
    if (!isRoot()) return this.skip();
    await harness.asSomebodyElse(async (folder) => {
      const log = await harness.open(undefined, { segmentSize: 5 * entry("10").line.length });
      const reader = await harness.openReader();
      append(log, numbers(10, 30));
      await log.drained();
      await take(reader, 2);
      chmodSync(folder, 0);
      append(log, numbers(30, 33));
      await until("an outage", () => harness.outages.length > 0);
      assert.equal(harness.outages[0]?.code, "EACCES");
      const taken = await take(reader, 6);
      assert.deepEqual(
        taken,
        [...numbers(12, 15), ...numbers(30, 33)],
        "first what it has open, then what waits in memory",
      );
      const next = take(reader, 15);
      await until("word that it cannot read", () => harness.troubles.length > 0);
      assert.deepEqual(
        harness.troubles.map(({ kind }) => kind),
        ["read-refused"],
      );
      chmodSync(folder, 0o750);
      assert.deepEqual(await next, numbers(15, 30));
      await log.drained();
      assert.deepEqual(names(harness.segments().flatMap((path) => harness.lines(path))), numbers(10, 33));
      assert.equal(reader.waiting.bytes, 0);
      await reader.close();
      await log.close(1000);
    });
  });
});
