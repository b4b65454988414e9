import assert from "node:assert/strict";

import type { LogEntry } from "../../src/log/entry.js";
import { LineQueue } from "../../src/log/queue.js";

function entry(text: string, subject = "rule"): LogEntry {
  return { line: Buffer.from(text), subject, isAlert: true };
}

function texts(entries: readonly LogEntry[]): string[] {
  return entries.map(({ line }) => line.toString());
}

describe("the queue of lines", () => {
  it("gives lines in their order and keeps them until they are removed", () => {
    const queue = new LineQueue(100);
    for (const text of ["a", "bb", "ccc"]) assert.ok(queue.push(entry(text), 0));
    assert.deepEqual(texts(queue.peek(2, 100)), ["a", "bb"]);
    assert.deepEqual(texts(queue.peek(9, 3)), ["a", "bb"]);
    assert.deepEqual(texts(queue.peek(9, 0)), ["a"], "at least one, or nothing would move");
    queue.remove(2);
    assert.deepEqual(texts(queue.peek(9, 100)), ["ccc"]);
    assert.deepEqual([queue.length, queue.bytes], [1, 3]);
  });

  it("refuses what is beyond its bytes, and counts it by subject with its time", () => {
    const queue = new LineQueue(4);
    assert.ok(queue.push(entry("aaa"), 0));
    assert.equal(queue.push(entry("bb", "r1"), 10), false);
    assert.equal(queue.push(entry("cc", "r2"), 20), false);
    assert.equal(queue.push(entry("dd", "r1"), 30), false);
    assert.ok(queue.push(entry("e"), 40), "what fits is still taken");
    assert.equal(queue.refused, 3);
    assert.deepEqual(queue.takeForcedOut(), { lines: 3, bytes: 6, bySubject: { r1: 2, r2: 1 }, from: 10, until: 30 });
    assert.equal(queue.takeForcedOut(), undefined);
    assert.deepEqual(texts(queue.peek(9, 100)), ["aaa", "e"]);
  });

  it("takes one line that is longer than the bound when nothing else waits", () => {
    const queue = new LineQueue(4);
    assert.ok(queue.push(entry("long line"), 0));
    assert.equal(queue.push(entry("x"), 0), false);
    queue.remove(1);
    assert.ok(queue.push(entry("x"), 0));
  });

  it("keeps order and count over many rounds", () => {
    const queue = new LineQueue(1e6);
    let pushed = 0;
    let removed = 0;
    for (let round = 1; round <= 200; round++) {
      for (let i = 0; i < round % 17; i++) queue.push(entry(String(pushed++)), 0);
      const batch = queue.peek(round % 11, 1e6);
      assert.deepEqual(
        texts(batch),
        Array.from(batch, (_, index) => String(removed + index)),
      );
      queue.remove(batch.length);
      removed += batch.length;
      assert.equal(queue.length, pushed - removed);
    }
  });
});
