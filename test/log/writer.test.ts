import assert from "node:assert/strict";
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname } from "node:path";

import { AlertLog } from "../../src/log/writer.js";
import { entry, LogHarness, names, until } from "./writer_harness.js";

describe("the alert log", () => {
  let harness: LogHarness;
  beforeEach(() => (harness = new LogHarness()));
  afterEach(() => harness.cleanUp());

  it("makes its folder and file for its group to read", async () => {
    const before = process.umask(0o022);
    await harness.open();
    process.umask(before);
    assert.equal(statSync(dirname(harness.path)).mode & 0o777, 0o750);
    assert.equal(statSync(harness.path).mode & 0o777, 0o640);
  });

  it("tells a line committed when it is on disk", async () => {
    const log = await harness.open();
    log.append(entry("a"));
    assert.equal(harness.committed.length, 0);
    await log.drained();
    assert.deepEqual(names(harness.lines()), ["a"]);
    assert.deepEqual(names(harness.committed.flat().map(({ line }) => line.toString())), ["a"]);
  });

  it("syncs together what came in one go, and what came while a sync ran", async () => {
    const log = await harness.open();
    const expected: string[] = [];
    for (let i = 0; i < 10; i++) {
      expected.push(`first ${i}`);
      log.append(entry(`first ${i}`));
    }
    await until("a first sync", () => harness.committed.length > 0 || log.waiting.lines === 0);
    assert.equal(harness.committed[0]?.length, 10);
    log.append(entry("alone"));
    await Promise.resolve().then(() => Promise.resolve());
    for (let i = 0; i < 2500; i++) {
      expected.push(`later ${i}`);
      log.append(entry(`later ${i}`));
    }
    expected.splice(10, 0, "alone");
    await log.drained();
    assert.deepEqual(names(harness.lines()), expected);
    assert.ok(harness.committed.length <= 5, `${harness.committed.length} syncs`);
  });

  it("goes on in the file that is there, after its last whole line", async () => {
    mkdirSync(dirname(harness.path));
    writeFileSync(harness.path, `${entry("old").line.toString()}{"name":"cut sho`);
    const log = await harness.open();
    assert.equal(harness.torn, 1);
    log.append(entry("new"));
    await log.drained();
    assert.deepEqual(names(harness.lines()), ["old", "new"]);
    assert.deepEqual(harness.lines(`${harness.path}.torn`), ['{"name":"cut sho']);
  });

  it("starts a new file when its own was moved away", async () => {
    const log = await harness.open();
    log.append(entry("before"));
    await log.drained();
    renameSync(harness.path, `${harness.path}.1`);
    log.append(entry("after"));
    await log.drained();
    assert.deepEqual(names(harness.lines(`${harness.path}.1`)), ["before"]);
    assert.deepEqual(names(harness.lines()), ["after"]);
    assert.equal(harness.replaced, 1);
  });

  it("notices without an alert that its file or folder is gone", async () => {
    const log = await harness.open();
    unlinkSync(harness.path);
    await until("the file to be made anew", () => existsSync(harness.path));
    await log.drained(); // it is there before it is wholly opened
    renameSync(dirname(harness.path), `${dirname(harness.path)}.moved`);
    await until("the folder to be made anew", () => existsSync(harness.path));
    await log.drained();
    assert.equal(harness.replaced, 2);
    assert.equal(harness.outages.length, 0);
  });

  it("writes at the end of a file that somebody emptied or added to", async () => {
    const log = await harness.open();
    log.append(entry("first"));
    await log.drained();
    truncateSync(harness.path);
    log.append(entry("second"));
    await log.drained();
    assert.deepEqual(names(harness.lines()), ["second"]);
    appendFileSync(harness.path, '{"name":"no newline"}');
    log.append(entry("third"));
    await log.drained();
    assert.deepEqual(names(harness.lines()), ["second", "no newline", "third"]);
  });

  it("waits in memory while a folder cannot be made, and recovers by itself", async () => {
    const log = await harness.open();
    const folder = dirname(harness.path);
    rmSync(folder, { recursive: true });
    writeFileSync(folder, "in the way");
    log.append(entry("a"));
    await until("an outage", () => harness.outages.length > 0);
    log.append(entry("b"));
    assert.equal(log.waiting.lines, 2);
    unlinkSync(folder);
    await log.drained();
    assert.deepEqual(names(harness.lines()), ["a", "b"]);
    assert.equal(harness.recovered, 1);
    assert.deepEqual(harness.forcedOut, []);
  });

  it("counts what has no room in memory, and lets a line say so when it is back", async () => {
    const log = await harness.open(1000);
    const folder = dirname(harness.path);
    renameSync(folder, `${folder}.away`);
    writeFileSync(folder, "in the way");
    const size = entry("00").line.length;
    for (let i = 10; i < 100; i++) log.append(entry(String(i), i % 2 === 0 ? "even" : "odd"));
    // The last of them when it was not known yet that the disk refuses.
    const kept = Math.floor(1000 / size) + 1;
    assert.deepEqual(log.waiting, { lines: kept, bytes: kept * size, refused: 90 - kept });
    await until("the outage to say that memory is full", () =>
      harness.outages.some(({ waiting }) => waiting.refused > 0),
    );
    unlinkSync(folder);
    await until("what was forced out", () => harness.forcedOut.length > 0);
    const [forcedOut] = harness.forcedOut;
    assert.equal(forcedOut?.lines, 90 - kept);
    assert.equal((forcedOut.bySubject["even"] ?? 0) + (forcedOut.bySubject["odd"] ?? 0), 90 - kept);
    assert.deepEqual(
      names(harness.lines()),
      Array.from({ length: kept }, (_, index) => String(10 + index)),
    );
  });

  it("says when it is crowded, and when the disk has caught up", async () => {
    const log = await harness.open(10_000);
    while (!log.isCrowded) log.append(entry("a", "rule", 1000));
    assert.ok(log.waiting.bytes > 5000 && log.waiting.bytes < 7000);
    await log.relieved();
    assert.equal(log.isCrowded, false);
    assert.ok(log.waiting.bytes <= 5000);
    assert.equal(log.waiting.refused, 0);
  });

  it("lets nobody wait for a disk that does not move, until it does", async () => {
    const answer = harness.holdDisk();
    const log = await harness.open(10_000);
    for (let i = 0; i < 6; i++) log.append(entry("a", "rule", 1000));
    assert.ok(log.isCrowded);
    await log.relieved();
    assert.equal(log.isCrowded, false);
    assert.equal(log.waiting.lines, 6);
    answer();
    await log.drained();
    for (let i = 0; i < 6; i++) log.append(entry("a", "rule", 1000));
    assert.ok(log.isCrowded);
  });

  it("lets wait for a disk that does not move where memory is full, until it is taken for one that refuses", async () => {
    const answer = harness.holdDisk();
    const log = await harness.open(5000, {}, 2500);
    while (!log.isCrowded) log.append(entry("a", "rule", 1000));
    await log.relieved();
    assert.equal(harness.outages.length, 0);
    for (let i = 0; i < 2; i++) log.append(entry("a", "rule", 1000));
    assert.ok(log.waiting.bytes > 5000);
    await log.relieved();
    assert.deepEqual([harness.outages.length, log.waiting.refused], [1, 0]);
    log.append(entry("a", "rule", 1000));
    assert.equal(log.waiting.refused, 1);
    answer();
  });

  it("lets nobody wait longer than they want to", async () => {
    const answer = harness.holdDisk();
    const log = await harness.open(5000);
    for (let i = 0; i < 10; i++) log.append(entry(`${i}`, "rule", 1000));
    await log.relieved(performance.now());
    assert.ok(log.isCrowded);
    answer();
  });

  it("lets nobody wait for a disk that refuses", async () => {
    const log = await harness.open(10_000);
    const folder = dirname(harness.path);
    rmSync(folder, { recursive: true });
    writeFileSync(folder, "in the way");
    for (let i = 0; i < 6; i++) log.append(entry("a", "rule", 1000));
    assert.ok(log.isCrowded);
    await log.relieved();
    assert.deepEqual([harness.outages.length, log.waiting.lines], [1, 6]);
    log.append(entry("a", "rule", 1000));
    assert.equal(log.isCrowded, false);
  });

  it("gives up at close after its patience, and says what is lost", async () => {
    const log = await harness.open();
    const folder = dirname(harness.path);
    rmSync(folder, { recursive: true });
    writeFileSync(folder, "in the way");
    log.append(entry("a"));
    log.append(entry("b"));
    const { lines } = await log.close(50);
    assert.equal(lines, 2);
  });

  it("is written by one process and one writer at a time", async () => {
    const log = await harness.open();
    const { options } = harness;
    await assert.rejects(AlertLog.open(options), { name: "LogInUseError", pid: process.pid });
    await log.close(1000);
    const second = await AlertLog.open(options);
    await second.close(1000);
    assert.equal(existsSync(`${harness.path}.lock`), false);
  });

  it("takes over the lock of a process that is gone", async () => {
    mkdirSync(dirname(harness.path));
    symlinkSync("1.0.another-boot", `${harness.path}.lock`);
    await harness.open();
    assert.match(readlinkSync(`${harness.path}.lock`), new RegExp(`^${process.pid}\\.`));
  });

  it("makes the folders above its own, and says where it cannot", async () => {
    harness.path = `${harness.folder}/a/b/c/alerts.ndjson`;
    await harness.open();
    assert.equal(statSync(`${harness.folder}/a/b/c`).mode & 0o777, 0o750);
    await assert.rejects(AlertLog.open({ ...harness.options, path: "/proc/none/log/alerts.ndjson" }), /cannot be made/);
  });

  it("refuses at once what waiting would not mend", async () => {
    mkdirSync(harness.path, { recursive: true });
    await assert.rejects(harness.open(), { code: "EISDIR" });
    rmSync(harness.path, { recursive: true });
    writeFileSync(`${harness.path}.real`, "");
    symlinkSync(`${harness.path}.real`, harness.path);
    await assert.rejects(harness.open(), { code: "ELOOP" });
    assert.equal(readFileSync(`${harness.path}.real`, "utf8"), "");
  });
});
