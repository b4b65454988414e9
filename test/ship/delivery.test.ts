import assert from "node:assert/strict";

import type { BulkOutcome } from "../../src/ship/outcome/bulk.js";
import type { DeadLetter } from "../../src/ship/dead_letters.js";
import { Delivery } from "../../src/ship/delivery.js";
import { hold, retry, SENT, type Outcome } from "../../src/ship/outcome/outcome.js";
import type { Shipment } from "../../src/ship/shipment.js";
import type { Found, Target } from "../../src/ship/target.js";

function shipment(id: string): Shipment {
  return { id, line: Buffer.from(id), kind: "alert", timestamp: undefined, host: undefined };
}

const shipments = (ids: string): Shipment[] => ids.split("").map(shipment);
const items = (...outcomes: Outcome[]): BulkOutcome => ({ kind: "items", items: outcomes });
const DEAD: Outcome = { kind: "dead", reason: "bad" };
const SPLIT: Outcome = { kind: "split", reason: "large" };
const LOST = retry("cut", { mayHaveArrived: true });

/** Answers by a script, and keeps what was asked: `send abc`, `find ab`. */
class ScriptedTarget implements Target {
  readonly maxCount: number = 4;
  readonly asked: string[] = [];
  readonly proven: boolean[] = [];
  readonly find: Target["find"];
  readonly #script: (BulkOutcome | Found)[];

  constructor(script: (BulkOutcome | Found)[], canFind = true) {
    this.#script = script;
    this.find = canFind
      ? (unsure) => {
          this.asked.push(`find ${unsure.map(({ id }) => id).join("")}`);
          return Promise.resolve(this.#next() as Found);
        }
      : undefined;
  }

  send(sent: readonly Shipment[], isProven: boolean): Promise<BulkOutcome> {
    this.asked.push(`send ${sent.map(({ id }) => id).join("")}`);
    this.proven.push(isProven);
    return Promise.resolve(this.#next() as BulkOutcome);
  }

  close(): void {
    this.#script.length = 0;
  }

  #next(): BulkOutcome | Found {
    const next = this.#script.shift();
    assert.ok(next, "the script is at its end");
    return next;
  }
}

interface Told {
  arrived: number;
  held: string[];
  resumed: number;
  letters: DeadLetter[];
}

async function deliver(target: Target, ids: string, mayHaveArrived = false): Promise<Told> {
  const told: Told = { arrived: 0, held: [], resumed: 0, letters: [] };
  const delivery = new Delivery(
    "siem",
    target,
    {
      arrived: (count) => (told.arrived += count),
      held: ({ reason }) => told.held.push(reason),
      resumed: () => told.resumed++,
      refused: (letters) => {
        told.letters.push(...letters);
        return Promise.resolve();
      },
    },
    { first: 1, most: 2 },
  );
  await delivery.deliver(shipments(ids), mayHaveArrived, new AbortController().signal);
  return told;
}

describe("a delivery", () => {
  it("sends in order, as many at once as the target takes", async () => {
    const target = new ScriptedTarget([items(SENT, SENT, SENT, SENT), items(SENT)]);
    const told = await deliver(target, "abcde");
    assert.deepEqual(target.asked, ["send abcd", "send e"]);
    assert.equal(told.arrived, 5);
    assert.deepEqual(told.held, []);
  });

  it("sends again only those items that were not taken, and before what follows", async () => {
    const busy = retry("busy", { isPace: true });
    const target = new ScriptedTarget([items(SENT, busy, SENT, busy), items(SENT, SENT, SENT)]);
    const told = await deliver(target, "abcde");
    assert.deepEqual(target.asked, ["send abcd", "send bde"]);
    assert.equal(told.arrived, 5);
    assert.deepEqual(told.held, ["busy"]);
  });

  it("keeps a refused document out of the way of the others", async () => {
    const target = new ScriptedTarget([items(SENT, DEAD, SENT)]);
    const told = await deliver(target, "abc");
    assert.deepEqual(
      told.letters.map(({ sink, reason, line }) => [sink, reason, line.toString()]),
      [["siem", "bad", "b"]],
    );
    assert.equal(told.arrived, 2);
  });

  it("halves what is too much, down to the one that is at fault, and grows again", async () => {
    const target = new ScriptedTarget([SPLIT, SENT, SPLIT, DEAD, SENT, SENT]);
    const told = await deliver(target, "abcde");
    assert.deepEqual(target.asked, ["send abcd", "send ab", "send cde", "send c", "send de"]);
    assert.equal(told.letters[0]?.line.toString(), "c");
    assert.equal(told.arrived, 4);
  });

  it("looks up what may have arrived before it sends it again", async () => {
    const target = new ScriptedTarget([
      LOST,
      { kind: "found", ids: new Set(["a", "b"]) },
      { kind: "found", ids: new Set(["d"]) },
      SENT,
    ]);
    const told = await deliver(target, "abcd");
    assert.deepEqual(target.asked, ["send abcd", "find ab", "find cd", "send c"]);
    assert.equal(told.arrived, 4);
  });

  it("looks up what an earlier run may have sent", async () => {
    const target = new ScriptedTarget([{ kind: "found", ids: new Set(["b"]) }, items(SENT, SENT)]);
    const told = await deliver(target, "abc", true);
    assert.deepEqual(target.asked, ["find abc", "send ac"]);
    assert.equal(told.arrived, 3);
  });

  it("sends nothing that it could not look up", async () => {
    const target = new ScriptedTarget([LOST, hold("may not search"), { kind: "found", ids: new Set() }, SENT]);
    const told = await deliver(target, "a");
    assert.deepEqual(target.asked, ["send a", "find a", "find a", "send a"]);
    assert.deepEqual(told.held, ["cut", "may not search"]);
  });

  it("looks up only those items of a bulk that may have arrived", async () => {
    const target = new ScriptedTarget([items(SENT, LOST, retry("busy")), { kind: "found", ids: new Set() }, SENT]);
    await deliver(target, "abc");
    assert.deepEqual(target.asked, ["send abc", "find b", "send bc"]);
  });

  it("sends again, and less at once, where nothing can be looked up", async () => {
    const target = new ScriptedTarget([LOST, SENT, SENT], false);
    const told = await deliver(target, "abcd");
    assert.deepEqual(target.asked, ["send abcd", "send ab", "send cd"]);
    assert.equal(told.arrived, 4);
  });

  it("holds as long as the sink is not mended, and tells when it goes on", async () => {
    const target = new ScriptedTarget([hold("401"), hold("401"), SENT]);
    const told = await deliver(target, "ab");
    assert.deepEqual(target.asked, ["send ab", "send ab", "send ab"]);
    assert.deepEqual(told.held, ["401", "401"]);
    assert.equal(told.resumed, 1);
  });

  it("counts a sink as proven once it has taken a document", async () => {
    const target = new ScriptedTarget([SENT, SENT]);
    await deliver(target, "abcde");
    assert.deepEqual(target.proven, [false, true]);
  });

  it("ends at once when it is aborted", async () => {
    const abort = new AbortController();
    const target = new ScriptedTarget([hold("down")]);
    const delivery = new Delivery(
      "siem",
      target,
      {
        arrived: () => undefined,
        held: () => abort.abort(),
        resumed: () => undefined,
        refused: () => Promise.resolve(),
      },
      { first: 60_000, most: 60_000 },
    );
    await assert.rejects(delivery.deliver(shipments("a"), false, abort.signal), { name: "AbortError" });
  });
});
