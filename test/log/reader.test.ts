import assert from "node:assert/strict";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, truncateSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

import type { LogReader } from "../../src/log/reader.js";
import type { AlertLog } from "../../src/log/writer.js";
import { entry, LogHarness, names, nextNames, take, until } from "./writer_harness.js";

const ALL = { lines: 1000, bytes: 2 ** 20 };
const never = new AbortController().signal;

describe("a reader of the alert log", () => {
  let harness: LogHarness;
  let log: AlertLog;
  beforeEach(() => (harness = new LogHarness()));
  afterEach(() => harness.cleanUp());

  async function opened(name = "sink"): Promise<LogReader> {
    log = await harness.open();
    return await harness.openReader(name);
  }

  async function append(...which: string[]): Promise<void> {
    for (const name of which) log.append(entry(name));
    await log.drained();
  }

  const cursor = (name = "sink"): string => join(harness.folder, "state", "cursors", `${name}.json`);

  it("waits for a line, and is woken by its commit", async () => {
    const reader = await opened();
    const next = reader.next(ALL, never);
    log.append(entry("a"));
    const batch = await next;
    assert.deepEqual(batch?.lines.map(String), [entry("a").line.toString().trimEnd()]);
    assert.equal(batch.bytes, entry("a").line.length);
    assert.equal(batch.maybeSent, false);
  });

  it("gives the same lines until they are committed, within the limits", async () => {
    const reader = await opened();
    await append("a", "b", "c", "d");
    assert.deepEqual(await nextNames(reader, 3), ["a", "b", "c"]);
    const batch = await reader.next({ lines: 2, bytes: 1000 }, never);
    assert.ok(batch);
    await reader.commit(batch);
    assert.deepEqual(await nextNames(reader), ["c", "d"]);
    const bytes = entry("c").line.length;
    const one = await reader.next({ lines: 9, bytes }, never);
    assert.deepEqual(names((one?.lines ?? []).map(String)), ["c"]);
    const least = await reader.next({ lines: 9, bytes: 1 }, never);
    assert.equal(least?.lines.length, 1, "at least one, or nothing would move");
  });

  it("reads lines that are longer than its chunks", async () => {
    const reader = await opened();
    log.append(entry("long", "rule", 300_000));
    log.append(entry("after"));
    assert.deepEqual(await take(reader, 2), ["long", "after"]);
  });

  it("ends its wait when it is aborted or closed", async () => {
    const reader = await opened();
    const aborting = new AbortController();
    const aborted = reader.next(ALL, aborting.signal);
    aborting.abort();
    assert.equal(await aborted, undefined);
    assert.equal(await reader.next(ALL, aborting.signal), undefined);
    const closed = reader.next(ALL, never);
    await reader.close();
    assert.equal(await closed, undefined);
  });

  it("goes on after a restart where it was, and says what it may have sent before", async () => {
    let reader = await opened();
    await append("a", "b", "c");
    await take(reader, 2);
    await log.close(1000);
    reader = await opened();
    await append("d");
    const batch = await reader.next(ALL, never);
    assert.deepEqual(names((batch?.lines ?? []).map(String)), ["c"]);
    assert.equal(batch?.maybeSent, true);
    await reader.commit(batch);
    assert.equal((await reader.next(ALL, never))?.maybeSent, false);
    assert.deepEqual(await nextNames(reader), ["d"]);
    assert.deepEqual(harness.troubles, []);
  });

  it("keeps a cursor of its own for each name", async () => {
    const one = await opened("one");
    const two = await harness.openReader("a/../b");
    await append("a", "b");
    await take(one, 2);
    await take(two, 1);
    assert.deepEqual(await nextNames(two), ["b"]);
    assert.deepEqual(readdirSync(dirname(cursor())).sort(), ["a%2F..%2Fb.json", "one.json"]);
    await assert.rejects(harness.openReader("one"), /open already/);
  });

  it("sends again from the oldest line where its cursor is missing, damaged or stale", async () => {
    const damage: Record<string, () => void> = {
      damaged: () => writeFileSync(cursor(), '{"version":1,"segm'),
      "of another form": () => writeFileSync(cursor(), '{"version":9}'),
      "beyond the end": () => truncateSync(harness.path, entry("a").line.length),
      "in the middle of a line": () => {
        const place = JSON.parse(readFileSync(cursor(), "utf8")) as { offset: number };
        writeFileSync(cursor(), JSON.stringify({ ...place, offset: place.offset - 3 }));
      },
      "of a file that is gone": () => writeFileSync(harness.path, entry("other").line),
    };
    let reader = await opened();
    await append("a", "b");
    await take(reader, 2);
    for (const [what, doDamage] of Object.entries(damage)) {
      await log.close(1000);
      await reader.close();
      doDamage();
      const expected = names(harness.lines());
      reader = await opened();
      assert.deepEqual(await nextNames(reader), expected, what);
      assert.equal(harness.troubles.splice(0)[0]?.kind, "cursor-lost", what);
      await take(reader, expected.length);
      await append("more");
      await take(reader, 1);
    }
    await log.close(1000);
    const another = await opened("another");
    assert.deepEqual(await nextNames(another), names(harness.lines()), "missing");
    assert.deepEqual(harness.troubles, []);
  });

  it("knows its place again in a copy of the log", async () => {
    let reader = await opened();
    await append("a", "b");
    await take(reader, 1);
    await log.close(1000);
    const text = readFileSync(harness.path);
    renameSync(harness.path, `${harness.path}.old`);
    writeFileSync(harness.path, text);
    reader = await opened();
    assert.deepEqual(await nextNames(reader), ["b"]);
  });

  it("says how much waits, and since when", async () => {
    const reader = await opened();
    assert.deepEqual(reader.waiting, { lines: 0, bytes: 0, oldest: undefined });
    const before = Date.now();
    await append("a", "b", "c");
    const { lines, bytes, oldest = 0 } = reader.waiting;
    assert.deepEqual([lines, bytes], [3, 3 * entry("a").line.length]);
    assert.ok(oldest >= before && oldest <= Date.now());
    await take(reader, 2);
    assert.equal(reader.waiting.lines, 1);
    await take(reader, 1);
    assert.deepEqual(reader.waiting, { lines: 0, bytes: 0, oldest: undefined });
  });

  it("counts after a restart what waits, and tells the time of its oldest line", async () => {
    let reader = await opened();
    await append("a");
    log.append({ ...entry("x"), line: Buffer.from('{"@timestamp":"2026-01-31T00:00:00.000Z","name":"b"}\n') });
    await append("c");
    await take(reader, 1);
    await log.close(1000);
    reader = await opened();
    await until("the count", () => reader.waiting.lines === 2);
    await nextNames(reader);
    assert.equal(reader.waiting.oldest, Date.parse("2026-01-31T00:00:00.000Z"));
  });

  it("goes on where its cursor cannot be written, and writes it when it can", async () => {
    writeFileSync(join(harness.folder, "state"), "in the way");
    const reader = await opened();
    await append("a", "b");
    assert.deepEqual(await take(reader, 1), ["a"]);
    assert.deepEqual(await take(reader, 1), ["b"]);
    assert.deepEqual(
      harness.troubles.map(({ kind }) => kind),
      ["cursor-refused"],
      "told once while the reason is the same",
    );
    renameSync(join(harness.folder, "state"), join(harness.folder, "moved"));
    await until("the cursor", () => existsSync(cursor()));
    await log.close(1000);
    const again = await opened();
    await append("c");
    assert.deepEqual(await nextNames(again), ["c"]);
  });

  it("reads what another process appended", async () => {
    const reader = await opened();
    await append("a");
    await take(reader, 1);
    writeFileSync(harness.path, entry("theirs").line, { flag: "a" });
    await append("b");
    assert.deepEqual(await take(reader, 2, 1), ["theirs", "b"]);
    await until("nothing to wait", () => reader.waiting.lines === 0);
  });

  it("reads a file to its end that was moved away, and then the new one", async () => {
    const reader = await opened();
    await append("a", "b");
    await take(reader, 1);
    renameSync(dirname(harness.path), `${dirname(harness.path)}.moved`);
    await append("c");
    assert.equal(harness.replaced, 1);
    assert.deepEqual(await take(reader, 2), ["b", "c"]);
    assert.deepEqual(harness.troubles, []);
  });

  it("tells what somebody else cut off before it was read", async () => {
    const reader = await opened();
    await append("a", "b");
    await take(reader, 1);
    truncateSync(harness.path);
    await append("c");
    assert.deepEqual(await take(reader, 1), ["c"]);
    const missing = harness.troubles.map((trouble) => trouble.kind === "missing" && trouble.bytes);
    assert.deepEqual(missing, [entry("b").line.length]);
  });

  it("makes the folder of its cursors for nobody else to write", async () => {
    const reader = await opened();
    mkdirSync(join(harness.folder, "state"));
    await append("a");
    await take(reader, 1);
    assert.deepEqual(readdirSync(dirname(cursor())), ["sink.json"], "no temporary file is left");
  });
});
