import assert from "node:assert/strict";
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readlinkSync,
  renameSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";

import { entry, isRoot, LogHarness, names, numbers, take, until } from "./writer_harness.js";

/** Bytes of a line by `entry` with a name of two digits. */
const LINE = entry("10").line.length;
const SMALL = { segmentSize: 10 * LINE };

describe("the segments of the alert log", () => {
  let harness: LogHarness;
  beforeEach(() => (harness = new LogHarness()));
  afterEach(() => harness.cleanUp());

  it("are closed by size, with whole lines only and names that sort", async () => {
    const log = await harness.open(undefined, SMALL);
    for (const name of numbers(10, 45)) {
      log.append(entry(name));
      await log.drained();
    }
    const lines = harness.segments().map((path) => names(harness.lines(path)));
    assert.deepEqual(
      lines.map(({ length }) => length),
      [10, 10, 10, 5],
    );
    assert.deepEqual(lines.flat(), numbers(10, 45));
    assert.equal(harness.segments().at(-1), harness.path, "the current one has the log's own name");
  });

  it("are closed by age without a further line", async () => {
    const log = await harness.open(undefined, { segmentAge: 1 });
    log.append(entry("a"));
    await log.drained();
    await until("it to be closed", () => harness.segments().length === 2 && existsSync(harness.path));
    await log.drained();
    assert.deepEqual(names(harness.lines(harness.segments()[0])), ["a"]);
    assert.deepEqual(harness.lines(), []);
  });

  it("are as old as their first line, also after a restart", async () => {
    mkdirSync(dirname(harness.path));
    writeFileSync(harness.path, `{"@timestamp":"${new Date(Date.now() - 7_200_000).toISOString()}","name":"old"}\n`);
    const log = await harness.open(undefined, { segmentAge: 3_600_000 });
    log.append(entry("new"));
    await log.drained();
    assert.deepEqual(
      harness.segments().map((path) => names(harness.lines(path))),
      [["old"], ["new"]],
    );
  });

  it("can be read by the folder's group, whatever the umask (needs root)", async function () {
    if (!isRoot()) return this.skip();
    mkdirSync(dirname(harness.path));
    chownSync(dirname(harness.path), 0, 4);
    const before = process.umask(0o077);
    try {
      const log = await harness.open(undefined, SMALL);
      for (const name of numbers(10, 25)) log.append(entry(name));
      await log.drained();
    } finally {
      process.umask(before);
    }
    for (const path of harness.segments()) {
      const { mode, gid } = statSync(path);
      assert.deepEqual([mode & 0o777, gid], [0o640, 4], path);
    }
  });

  it("are read one after the other while they are written, closed and counted", async () => {
    const log = await harness.open(undefined, SMALL);
    const reader = await harness.openReader();
    const reading = take(reader, 490, 7);
    for (let i = 0; i < 490; i++) {
      log.append(entry(String(i + 100)));
      if (i % 3 === 0) await log.drained();
    }
    assert.deepEqual(await reading, numbers(100, 590));
    assert.ok(harness.segments().length > 40, `${harness.segments().length} segments`);
    assert.deepEqual(reader.waiting, { lines: 0, bytes: 0, oldest: undefined });
    assert.deepEqual(openSegments(harness.path).length, 2, "only the current one is open, by writer and reader");
  });

  it("are read on from a cursor in a closed one after a restart", async () => {
    let log = await harness.open(undefined, SMALL);
    let reader = await harness.openReader();
    for (const name of numbers(10, 45)) {
      log.append(entry(name));
      await log.drained();
    }
    await take(reader, 13);
    await log.close(1000);
    log = await harness.open(undefined, SMALL);
    reader = await harness.openReader();
    log.append(entry("45"));
    assert.deepEqual(await take(reader, 23), numbers(23, 46));
    assert.deepEqual(harness.troubles, []);
  });

  it("lose nothing where a crash came between closing one and beginning the next", async () => {
    let log = await harness.open();
    const reader = await harness.openReader();
    for (const name of numbers(10, 20)) log.append(entry(name));
    await take(reader, 4);
    await log.close(1000);
    renameSync(harness.path, join(dirname(harness.path), "alerts-20260131T120000.005Z-0000.ndjson"));
    log = await harness.open();
    log.append(entry("20"));
    assert.deepEqual(await take(await harness.openReader(), 7), numbers(14, 21));
    assert.deepEqual(harness.troubles, []);
  });

  it("keep out of the way of files of the same name", async () => {
    const log = await harness.open(undefined, SMALL);
    // Every name that this second could bring is taken, by folders: rename would not replace them.
    const start = Date.now();
    for (let ms = start; ms < start + 300; ms++) {
      const time = new Date(ms).toISOString().replaceAll(/[-:]/g, "");
      mkdirSync(join(dirname(harness.path), `alerts-${time}-0000.ndjson`));
    }
    for (const name of numbers(10, 45)) log.append(entry(name));
    await log.drained();
    const files = harness.segments().filter((path) => statSync(path).isFile());
    assert.deepEqual(
      files.map((path) => names(harness.lines(path)).length),
      [10, 10, 10, 5],
    );
    assert.deepEqual(harness.rotationRefused, []);
  });

  it("grow beyond their size where they cannot be closed, and that is told once (needs root, to be somebody else)", async function () {
    if (!isRoot()) return this.skip();
    await harness.asSomebodyElse(async (folder) => {
      const log = await harness.open(undefined, SMALL);
      chmodSync(folder, 0o550);
      for (const name of numbers(10, 45)) {
        log.append(entry(name));
        await log.drained();
      }
      assert.deepEqual(names(harness.lines()), numbers(10, 45));
      assert.equal(harness.rotationRefused.length, 1);
      assert.deepEqual(harness.outages, []);
      chmodSync(folder, 0o750);
      await until("it to be closed", () => harness.segments().length > 1);
      await log.close(1000);
    });
  });
});

/** What this process has open of the log at `path`. */
function openSegments(path: string): string[] {
  return readdirSync("/proc/self/fd").filter((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`).startsWith(path.replace(/\.ndjson$/, ""));
    } catch {
      return false; // closed by now, as that of the folder that was just read
    }
  });
}
