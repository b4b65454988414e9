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

  it("takes one line that is longer than what is left where there will be room in a moment", () => {
    const queue = new LineQueue(4);
    assert.ok(queue.push(entry("aaaa"), 0, 0, true));
    assert.ok(queue.push(entry("long line"), 0, 0, true));
    assert.equal(queue.push(entry("x"), 0, 0, true), false);
    queue.remove(1);
    assert.equal(queue.push(entry("x"), 0, 0, true), false);
    queue.remove(1);
    assert.ok(queue.push(entry("x"), 0, 0, true));
  });

  it("makes room out of lines that everybody has, and of no others", () => {
    const queue = new LineQueue(6);
    for (const text of ["aa", "bb", "cc"]) queue.push(entry(text, text), 0);
    queue.makeRoom(entry("ddd"), 1, 10);
    assert.deepEqual(texts(queue.peek(9, 100)), ["bb", "cc"], "only the first is had by all");
    assert.equal(queue.push(entry("ddd", "ddd"), 20), false);
    queue.makeRoom(entry("ee"), 3, 30);
    assert.ok(queue.push(entry("ee"), 40), "there was room");
    assert.deepEqual(texts(queue.peek(9, 100)), ["bb", "cc", "ee"]);
    assert.deepEqual(queue.takeForcedOut()?.bySubject, { aa: 1, ddd: 1 });
    assert.deepEqual([queue.first, queue.end], [1, 4]);
    assert.deepEqual(texts(queue.peek(9, 100, 2)), ["cc", "ee"]);
    assert.deepEqual(queue.from(3), { lines: 1, bytes: 2 });
  });

  it("lets lines that everybody has stay beyond the bound while they must, up to twice as much", () => {
    const queue = new LineQueue(4);
    for (const text of ["aa", "bb"]) queue.push(entry(text), 0);
    assert.equal(queue.push(entry("cc"), 10, 0), false);
    assert.ok(queue.push(entry("cc"), 10, 1));
    assert.ok(queue.push(entry("dd"), 10, 3));
    assert.equal(queue.push(entry("ee"), 10, 4), false);
    assert.deepEqual(texts(queue.peek(9, 100)), ["aa", "bb", "cc", "dd"]);
    queue.makeRoom(entry("ee"), 4, 20);
    assert.ok(queue.push(entry("ee"), 20, 4));
    assert.deepEqual(texts(queue.peek(9, 100)), ["dd", "ee"]);
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
