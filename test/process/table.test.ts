import assert from "node:assert/strict";
import fc from "fast-check";

import { BatchReader } from "../../src/capture/batch.js";
import { ExecRecord } from "../../src/capture/record.js";
import { procProgram } from "../../src/process/proc_program.js";
import { Entry, ProcessTable, type Reference } from "../../src/process/table.js";
import { encodeExec } from "../support/records.js";

const LIMITS = { leaves: 4, parents: 4, bytes: 1 << 20 };

/** An exec of a process whose start is 100 ticks after its pid. */
function exec(pid: number, execKey: number, order: number, args: string[] = [`${pid}`]): Entry {
  const startTicks = pid + 100;
  const input = { pid, start: BigInt(startTicks) * 10_000_000n, execKey: BigInt(execKey), timestamp: BigInt(order) };
  const record = new BatchReader(encodeExec({ ...input, args })).next();
  assert(record instanceof ExecRecord);
  return new Entry(record, pid, startTicks, execKey, order, undefined);
}

/** A program found in /proc. */
function found(pid: number): Entry {
  const self = { pid, startTicks: pid + 100, start: 0n };
  return new Entry(procProgram({ source: "proc", self, comm: "x" }), pid, pid + 100, 0, 0, undefined);
}

function ref(pid: number, execKey: number, startTicks = pid + 100): Reference {
  return { pid, execKey, startTicks, start: BigInt(startTicks) * 10_000_000n };
}

describe("ProcessTable", () => {
  it("finds an exec by its key, also for a fork that never exec'd", () => {
    const table = new ProcessTable(LIMITS);
    const shell = exec(10, 7, 1000);
    table.add(shell);
    assert.equal(table.find(ref(10, 7), 2000), shell);
    assert.equal(table.find(ref(11, 7), 2000), shell);
    assert.equal(table.find(ref(10, 8), 2000), undefined, "it was running something else");
  });

  it("tells by time which exec had a key that was used again", () => {
    const table = new ProcessTable(LIMITS);
    const [first, second] = [exec(10, 7, 1000), exec(20, 7, 3000)];
    table.add(first);
    table.add(second);
    assert.equal(table.find(ref(11, 7), 2000), first);
    assert.equal(table.find(ref(21, 7), 4000), second);
    assert.equal(table.find(ref(11, 7), 999), undefined);
  });

  it("finds by the key alone where the start of a process that is gone is not known", () => {
    const table = new ProcessTable(LIMITS);
    const shell = exec(10, 7, 1000);
    table.add(shell);
    assert.equal(table.find(ref(10, 7, 0), 2000), shell);
  });

  it("keeps two execs of a key", () => {
    const table = new ProcessTable(LIMITS);
    for (const order of [1000, 2000, 3000]) table.add(exec(10, 7, order));
    assert.equal(table.find(ref(11, 7), 3500)?.order, 3000);
    assert.equal(table.find(ref(11, 7), 2500)?.order, 2000);
    assert.equal(table.find(ref(11, 7), 1500), undefined);
    assert.equal(table.size, 2);
  });

  it("does not take a process for a later one of its pid", () => {
    const table = new ProcessTable(LIMITS);
    table.add(exec(10, 7, 1000));
    assert.equal(table.find(ref(10, 7, 5555), 2000), undefined);
    assert.equal(table.latestOf(ref(10, 0, 5555)), undefined);
  });

  it("finds by pid and start where no keys are known", () => {
    const table = new ProcessTable(LIMITS);
    const [first, second] = [exec(10, 0, 1000), exec(10, 0, 3000)];
    table.add(first);
    assert.equal(table.find(ref(10, 0), 2000), first);
    assert.equal(table.find(ref(10, 0, 0), 2000), undefined, "a pid alone says nothing");
    table.add(second);
    assert.equal(table.find(ref(10, 0), 4000), second);
    assert.equal(table.find(ref(10, 0), 2000), undefined, "what it was then is gone");
    assert.equal(table.size, 1);
  });

  it("learns the key of what was found in /proc from the first who names it", () => {
    const table = new ProcessTable(LIMITS);
    const daemon = found(10);
    table.add(daemon);
    assert.equal(table.find(ref(11, 7), 2000), undefined);
    assert.equal(table.find(ref(10, 7), 2000), daemon);
    assert.equal(table.find(ref(11, 7), 2000), daemon, "its fork has the same key");
  });

  it("has an exec that two share, both found in /proc, for the older one's, whoever names them first", () => {
    for (const [first, second] of [
      [ref(10, 7), ref(11, 7)],
      [ref(11, 7), ref(10, 7)],
    ] as const) {
      const table = new ProcessTable(LIMITS);
      const older = found(10);
      table.add(older);
      table.add(found(11));
      table.find(first, 2000);
      table.find(second, 2000);
      for (const one of [first, second, first]) assert.equal(table.find(one, 2000), older);
    }
  });

  it("prefers an exec that came without its key to an older one that had it", () => {
    const table = new ProcessTable(LIMITS);
    table.add(exec(10, 7, 1000));
    const late = exec(20, 0, 3000);
    table.add(late);
    assert.equal(table.find(ref(20, 7), 4000), late);
  });

  describe("after a loss", () => {
    it("does not find an older exec for a fork: the key may be another's by now", () => {
      const table = new ProcessTable(LIMITS);
      table.add(exec(10, 7, 1000));
      table.distrustOlder();
      const after = exec(20, 8, 1001);
      table.add(after);
      assert.equal(table.find(ref(11, 7), 2000), undefined);
      assert.equal(table.find(ref(21, 8), 2000), after);
    });

    it("still finds it for the very process", () => {
      const table = new ProcessTable(LIMITS);
      const shell = exec(10, 7, 1000);
      table.add(shell);
      table.distrustOlder();
      assert.equal(table.find(ref(10, 7), 2000), shell);
    });
  });

  describe("bounds", () => {
    it("keep the last leaves", () => {
      const table = new ProcessTable(LIMITS);
      for (let i = 1; i <= 10; i++) table.add(exec(i, i, i));
      assert.equal(table.size, LIMITS.leaves);
      assert.equal(table.find(ref(6, 6), 99), undefined);
      assert.equal(table.find(ref(7, 7), 99)?.pid, 7);
      assert.equal(table.latestOf(ref(6, 0)), undefined);
    });

    it("do not let a storm of leaves wash out parents", () => {
      const table = new ProcessTable(LIMITS);
      const shell = exec(1, 1, 1);
      table.add(shell);
      table.useAsParent(shell);
      for (let i = 2; i <= 100; i++) table.add(exec(i, i, i));
      assert.equal(table.find(ref(1, 1), 999), shell);
    });

    it("keep the parents that were used last", () => {
      const table = new ProcessTable(LIMITS);
      const parents = [1, 2, 3, 4, 5, 6].map((i) => exec(i, i, i));
      for (const parent of parents.slice(0, 4)) {
        table.add(parent);
        table.useAsParent(parent);
      }
      table.useAsParent(parents[0]!);
      for (const parent of parents.slice(4)) {
        table.add(parent);
        table.useAsParent(parent);
      }
      const kept = parents.filter((parent) => table.find(ref(parent.pid, parent.execKey), 99));
      assert.deepEqual(
        kept.map((parent) => parent.pid),
        [1, 4, 5, 6],
      );
    });

    it("hold in bytes too, for huge argv", () => {
      const table = new ProcessTable({ leaves: 1000, parents: 1000, bytes: 100_000 });
      for (let i = 1; i <= 50; i++) table.add(exec(i, i, i, ["x".repeat(10_000)]));
      assert(table.bytes <= 100_000, `${table.bytes} bytes`);
      assert(table.size >= 8, `${table.size} entries`);
      table.add(exec(51, 51, 51, ["x".repeat(200_000)]));
      assert.equal(table.size, 1, "the newest stays, however large");
    });

    it("hold, and nothing stays behind, whatever happens", () => {
      const step = fc.record({
        pid: fc.integer({ min: 1, max: 12 }),
        execKey: fc.integer({ min: 0, max: 8 }),
        parent: fc.boolean(),
        loss: fc.boolean(),
      });
      fc.assert(
        fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
          const table = new ProcessTable(LIMITS);
          steps.forEach(({ pid, execKey, parent, loss }, i) => {
            if (loss) table.distrustOlder();
            table.add(exec(pid, execKey, 10 * i + 1));
            const entry = table.find(ref(pid, execKey), 10 * i + 5);
            assert.equal(entry?.order, 10 * i + 1, "the newest is found");
            if (parent) table.useAsParent(entry);
          });
          assert(table.size <= LIMITS.leaves + LIMITS.parents);
          // Enough others push out all that was there, and their bytes are all that is counted.
          const rest = Array.from({ length: 8 }, (_, i) => exec(100 + i, 100 + i, 10_000 + i));
          for (const [i, entry] of rest.entries()) {
            table.add(entry);
            if (i < 4) table.useAsParent(entry);
          }
          assert.equal(table.size, 8);
          assert.equal(
            table.bytes,
            rest.reduce((sum, entry) => sum + entry.size, 0),
          );
          for (let pid = 1; pid <= 12; pid++) assert.equal(table.latestOf(ref(pid, 0)), undefined);
          for (let key = 1; key <= 8; key++) assert.equal(table.find(ref(99, key), 99_999), undefined);
        }),
        { numRuns: 500 },
      );
    });
  });
});
