import assert from "node:assert/strict";
import { chmodSync, statSync, unlinkSync } from "node:fs";

import type { LogEntry } from "../../src/log/entry.js";
import { isRoot, LogHarness, names, nextNames, numbers, take, until } from "./writer_harness.js";

const TIME = Date.parse("2026-01-31T12:00:00.000Z");

/** An alert of rule "odd" or "even"; every tenth line is a health document. */
function alert(number: number): LogEntry {
  const time = new Date(TIME + number * 1000).toISOString();
  const subject = number % 10 === 0 ? "capture-loss" : number % 2 === 0 ? "even" : "odd";
  const what =
    number % 10 === 0
      ? `"event":{"kind":"event","action":"capture-loss"}`
      : `"event":{"kind":"alert","action":"exec"},"rule":{"id":"${subject}"}`;
  const line = `{"@timestamp":"${time}","name":"${number}",${what}}`;
  return { line: Buffer.from(`${line.padEnd(119)}\n`), subject, isAlert: number % 10 !== 0 };
}

const LINE = alert(100).line.length;
/** Ten lines a segment, and some forty in all. */
const BUDGET = { segmentSize: 10 * LINE, disk: 40 * LINE };

describe("the disk budget of the alert log", () => {
  let harness: LogHarness;
  beforeEach(() => (harness = new LogHarness()));
  afterEach(() => harness.cleanUp());

  const kept = (): string[] => harness.segments().flatMap((path) => names(harness.lines(path)));
  const bytes = (): number => harness.segments().reduce((sum, path) => sum + statSync(path).size, 0);

  async function open() {
    return await harness.open(undefined, BUDGET);
  }

  async function append(log: Awaited<ReturnType<typeof open>>, from: number, to: number): Promise<void> {
    for (let number = from; number < to; number++) {
      log.append(alert(number));
      await log.drained();
    }
  }

  it("is filled before anything is deleted, and then the oldest goes", async () => {
    const log = await open();
    await append(log, 100, 140);
    assert.deepEqual(kept(), numbers(100, 140));
    await append(log, 140, 175);
    assert.deepEqual(kept(), numbers(140, 175));
    assert.ok(bytes() <= BUDGET.disk, `${bytes()} bytes`);
    assert.deepEqual(harness.discarded, [], "nobody reads it, so nobody misses it");
    assert.deepEqual(log.stats, { segments: 4, bytes: 35 * LINE, torn: 0, discarded: {} });
  });

  it("takes in silence what every reader has", async () => {
    const log = await open();
    const one = await harness.openReader("one");
    const two = await harness.openReader("two");
    await append(log, 100, 130);
    await take(one, 30);
    await take(two, 25);
    await append(log, 130, 155);
    assert.deepEqual(kept(), numbers(120, 155));
    assert.deepEqual(harness.discarded, []);
    assert.deepEqual(await take(two, 30), numbers(125, 155));
  });

  it("counts what somebody has deleted as gone, and takes nothing for it from who has not read it", async () => {
    const log = await open();
    const reader = await harness.openReader("slow");
    await append(log, 100, 140);
    assert.deepEqual(await take(reader, 3), ["100", "101", "102"]);
    const [, second = "", third = ""] = harness.segments();
    for (const path of [second, third]) unlinkSync(path);
    await append(log, 140, 160);
    assert.deepEqual(kept(), [...numbers(100, 110), ...numbers(130, 160)]);
    assert.deepEqual(harness.discarded, []);
    assert.deepEqual(log.stats, { segments: 4, bytes: 40 * LINE, torn: 0, discarded: {} });
    // Beyond the budget again, and the reader still stands in the first one.
    await append(log, 160, 171);
    assert.deepEqual(kept(), numbers(140, 171));
    assert.deepEqual(
      harness.discarded.map(({ lines }) => lines),
      [7, 10],
    );
    assert.deepEqual(
      harness.troubles.map((trouble) => trouble.kind === "missing" && trouble.bytes),
      [10 * LINE, 10 * LINE],
      "what was deleted by hand is told, too",
    );
    assert.deepEqual(await take(reader, 31), numbers(140, 171));
  });

  it("counts by rule what it takes from a reader, which goes on with what is left", async () => {
    const log = await open();
    const quick = await harness.openReader("quick");
    const slow = await harness.openReader("slow");
    await append(log, 100, 140);
    await take(quick, 40);
    assert.deepEqual(await take(slow, 3), ["100", "101", "102"]);
    await append(log, 140, 141);
    assert.deepEqual(harness.discarded, [
      {
        lines: 7,
        bytes: 7 * LINE,
        bySubject: { odd: 4, even: 3 },
        from: TIME + 103_000,
        until: TIME + 109_000,
      },
    ]);
    assert.deepEqual(log.stats.discarded, { odd: 4, even: 3 });
    assert.deepEqual([slow.waiting.lines, slow.waiting.bytes], [31, 31 * LINE]);
    assert.deepEqual(await take(slow, 31, 4), numbers(110, 141));
    assert.deepEqual(await nextNames(quick), ["140"]);
    assert.deepEqual(harness.troubles, []);
  });

  it("leaves a cursor that holds after a restart", async () => {
    let log = await open();
    let reader = await harness.openReader();
    await append(log, 100, 110);
    await take(reader, 10);
    await append(log, 110, 151);
    await log.close(1000);
    await reader.close();
    log = await open();
    reader = await harness.openReader();
    assert.deepEqual(await take(reader, 31), numbers(120, 151));
    assert.deepEqual(harness.troubles, []);
    assert.equal(harness.discarded[0]?.bySubject["capture-loss"], 1, "110 is a health document");
  });

  it("does not take back a batch that is on its way", async () => {
    const log = await open();
    const reader = await harness.openReader();
    await append(log, 100, 140);
    const batch = await reader.next({ lines: 5, bytes: 2 ** 20 }, AbortSignal.timeout(10_000));
    await append(log, 140, 141);
    assert.equal(harness.discarded[0]?.lines, 10);
    assert.ok(batch);
    await reader.commit(batch);
    assert.deepEqual(await take(reader, 31), numbers(110, 141));
  });

  it("may be exceeded where nothing can be deleted, and that is told once (needs root, to be somebody else)", async function () {
    if (!isRoot()) return this.skip();
    await harness.asSomebodyElse(async (folder) => {
      const log = await open();
      const reader = await harness.openReader();
      await append(log, 100, 135);
      chmodSync(folder, 0o550);
      await append(log, 135, 150);
      assert.deepEqual(kept(), numbers(100, 150));
      assert.equal(harness.rotationRefused.length, 1);
      chmodSync(folder, 0o750);
      await until("the oldest to be deleted", () => bytes() <= BUDGET.disk);
      await until("the loss to be told", () => harness.discarded.length > 0);
      assert.equal((await nextNames(reader))[0], "110");
      await reader.close();
      await log.close(1000);
    });
  });
});
