import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { appendFileSync, chmodSync, readFileSync, rmSync, truncateSync, unlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";

import type { AppendToLog } from "../../src/capture/binding.js";
import { entry, isRoot, LogHarness, names, until } from "./writer_harness.js";

describe("the alert log on a disk that refuses", () => {
  let harness: LogHarness;
  beforeEach(() => (harness = new LogHarness()));
  afterEach(() => harness.cleanUp());

  function pad(count: number): string[] {
    return Array.from({ length: count }, (_, index) => `line ${index}`);
  }

  it("leaves no torn line on a full disk, and goes on once there is room (needs root)", async function () {
    if (!isRoot()) return this.skip();
    harness.mountSmallDisk(64 * 1024);
    const log = await harness.open();
    const filler = join(dirname(harness.path), "filler");
    writeFileSync(filler, Buffer.alloc(40 * 1024));
    // 100 lines of about 700 bytes are 70 KiB where 24 are left.
    for (const name of pad(100)) log.append(entry(name, "rule", 680));
    await until("an outage", () => harness.outages.length > 0);
    assert.equal(harness.outages[0]?.code, "ENOSPC");
    const written = names(harness.lines());
    assert.ok(written.length > 0 && written.length < 100, `${written.length} lines fit`);
    assert.deepEqual(written, pad(written.length));
    assert.ok(readFileSync(harness.path, "utf8").endsWith("\n"));
    assert.equal(harness.committed.flat().length, written.length, "what fits is on disk and counts");
    assert.equal(log.waiting.lines, 100 - written.length);
    rmSync(filler);
    truncateSync(harness.path);
    await log.drained();
    assert.deepEqual(names(harness.lines()), pad(100).slice(written.length));
    assert.equal(harness.recovered, 1);
    assert.equal(harness.committed.flat().length, 100);
  });

  it("starts on a full disk and writes when there is room (needs root)", async function () {
    if (!isRoot()) return this.skip();
    harness.mountSmallDisk(16 * 1024);
    const filler = join(dirname(harness.path), "filler");
    assert.throws(() => writeFileSync(filler, Buffer.alloc(32 * 1024)), { code: "ENOSPC" });
    const log = await harness.open();
    log.append(entry("a"));
    await until("an outage", () => harness.outages.length > 0);
    rmSync(filler);
    await log.drained();
    assert.deepEqual(names(harness.lines()), ["a"]);
  });

  it("waits for a disk that became read-only (needs root)", async function () {
    if (!isRoot()) return this.skip();
    harness.mountSmallDisk(64 * 1024);
    await harness.open().then((log) => log.close(1000));
    harness.remount("ro");
    const log = await harness.open();
    log.append(entry("a"));
    assert.equal(harness.outages[0]?.code, "EROFS");
    harness.remount("rw");
    await log.drained();
    assert.deepEqual(names(harness.lines()), ["a"]);
    assert.equal(harness.recovered, 1);
  });

  it("waits while its folder is closed to it (needs root, to be somebody else)", async function () {
    if (!isRoot()) return this.skip();
    await harness.asSomebodyElse(async (folder) => {
      const log = await harness.open();
      chmodSync(folder, 0);
      log.append(entry("a"));
      await until("an outage", () => harness.outages.length > 0);
      assert.equal(harness.outages[0]?.code, "EACCES");
      chmodSync(folder, 0o750);
      await log.drained();
      assert.deepEqual(names(harness.lines()), ["a"]);
      assert.equal(harness.recovered, 1);
      await log.close(1000);
    });
  });

  /** Has the disk do with the next batch of lines as `fail` says; the addon's own does what comes after. */
  function failOnce(fail: (append: () => ReturnType<AppendToLog>) => ReturnType<AppendToLog>): void {
    const { appendToLog } = harness;
    let isDue = true;
    harness.appendToLog = (...args) => {
      const [, , , lines] = args;
      if (!isDue || lines.length === 0) return appendToLog(...args);
      isDue = false;
      return fail(() => appendToLog(...args));
    };
  }

  it("writes once more, and keeps once, what a sync that failed may have lost", async () => {
    failOnce(async (append) => {
      const error = Object.assign(new Error("EIO: Input/output error, fdatasync"), {
        code: "EIO",
        syscall: "fdatasync",
      });
      return { ...(await append()), synced: false, error };
    });
    const log = await harness.open();
    for (const name of ["a", "b"]) log.append(entry(name));
    await log.drained();
    assert.deepEqual(
      harness.outages.map(({ code }) => code),
      ["EIO"],
    );
    assert.equal(harness.recovered, 1);
    assert.deepEqual(names(harness.lines()), ["a", "b"]);
    assert.equal(harness.committed.flat().length, 2);
  });

  it("keeps the lines that were whole when the disk was full, and cuts the others off", async () => {
    failOnce(async (append) => {
      const { size, written } = await append();
      // As if the second line had been cut short: what there is of it comes again.
      truncateSync(harness.path, written - 3);
      const error = Object.assign(new Error("ENOSPC: No space left on device, writev"), {
        code: "ENOSPC",
        syscall: "writev",
      });
      return { ...(size === undefined ? {} : { size }), written: written - 3, synced: false, error };
    });
    const log = await harness.open();
    for (const name of ["a", "b"]) log.append(entry(name));
    await log.drained();
    assert.equal(harness.outages[0]?.code, "ENOSPC");
    assert.equal(harness.outages[0].waiting.lines, 1);
    assert.deepEqual(names(harness.lines()), ["a", "b"]);
    assert.equal(harness.committed.flat().length, 2);
  });

  it("writes to a new file what went to one that was deleted meanwhile", async () => {
    failOnce(async (append) => {
      const appended = await append();
      unlinkSync(harness.path);
      return { ...appended, synced: false };
    });
    const log = await harness.open();
    log.append(entry("a"));
    await log.drained();
    assert.equal(harness.replaced, 1);
    assert.deepEqual(names(harness.lines()), ["a"]);
    assert.deepEqual(harness.outages, []);
  });

  it("tells of somebody who writes into it all the time, and goes on when that is over", async () => {
    const { appendToLog } = harness;
    let intrusions = 2;
    harness.appendToLog = (...args) => {
      const [, , , lines] = args;
      if (lines.length > 0 && intrusions-- > 0) appendFileSync(harness.path, entry("foreign").line);
      return appendToLog(...args);
    };
    const log = await harness.open();
    log.append(entry("a"));
    await log.drained();
    assert.match(harness.outages[0]?.code ?? "", /by somebody else/);
    assert.deepEqual(names(harness.lines()), ["foreign", "foreign", "a"]);
    assert.equal(harness.recovered, 1);
  });

  it("loses nothing that it told committed when it is killed in the middle", async function () {
    this.timeout(60_000);
    const writer = new URL("./endless_writer.js", import.meta.url).pathname;
    const expected: string[] = [];
    for (let round = 0; round < 5; round++) {
      const child = spawn(process.execPath, [writer, harness.path, String(round)], {
        stdio: ["ignore", "pipe", "inherit"],
      });
      const ended = new Promise((resolve) => child.once("exit", resolve));
      for await (const line of createInterface({ input: child.stdout })) {
        expected.push(line);
        // Anywhere in a batch: what was told before the signal arrives counts as well.
        if (expected.length >= (round + 1) * 1500) child.kill("SIGKILL");
      }
      await ended;
    }
    const log = await harness.open();
    log.append(entry("last"));
    await log.drained();
    const found = names(harness.lines());
    assert.equal(found.at(-1), "last");
    assert.equal(new Set(found).size, found.length, "no line twice");
    const missing = new Set(expected);
    for (const name of found) missing.delete(name);
    assert.deepEqual([...missing], []);
    assert.ok(expected.length >= 7500);
  });
});
