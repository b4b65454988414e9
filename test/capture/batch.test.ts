import assert from "node:assert/strict";
import fc from "fast-check";

import { BatchReader, RecordError } from "../../src/capture/batch.js";
import { EXEC, HEADER, LOSS, PART } from "../../src/capture/layout.js";
import { ExecRecord } from "../../src/capture/record.js";
import { encodeExec, encodeLoss } from "../support/records.js";

function readAll(batch: Uint8Array): unknown[] {
  const reader = new BatchReader(batch);
  const records: unknown[] = [];
  for (let record = reader.next(); record; record = reader.next()) records.push(record);
  return records;
}

/** Calls every accessor, as a rule or a document might. */
function look(record: object): unknown[] {
  const names = Object.getOwnPropertyNames(Object.getPrototypeOf(record));
  return names.filter((name) => name !== "constructor").map((name) => (record as Record<string, unknown>)[name]);
}

describe("BatchReader", () => {
  it("reads records one after the other, wherever the batch lies in its memory", () => {
    const memory = Buffer.concat([
      Buffer.from("xyz"),
      encodeExec({ pid: 1 }),
      encodeLoss("unresolved", 3, 5n, 6n),
      encodeExec({ pid: 2, args: ["a", "bc"] }),
      Buffer.from("rest"),
    ]);
    const records = readAll(new Uint8Array(memory.buffer, memory.byteOffset + 3, memory.length - 7));
    assert.equal(records.length, 3);
    assert.deepEqual(records[1], { reason: "unresolved", count: 3, from: 5n, until: 6n });
    assert.deepEqual(
      records.filter((record) => record instanceof ExecRecord).map((record) => record.pid),
      [1, 2],
    );
  });

  it("copies, so that the batch's memory can be used again", () => {
    const batch = encodeExec({ args: ["kept"] });
    const [record] = readAll(batch);
    batch.fill(0);
    assert.deepEqual((record as ExecRecord).args, ["kept"]);
  });

  const exec = encodeExec();
  const damaged: [string, RegExp, (bytes: Buffer) => Buffer][] = [
    ["a torn header", /has 5 bytes, less than its header/, (bytes) => bytes.subarray(0, 5)],
    ["a torn record", /says \d+ bytes where 328 are left/, (bytes) => bytes.subarray(0, 328)],
    ["an odd size", /not a multiple of 8/, (bytes) => write(bytes, HEADER.size, bytes.length - 1)],
    ["size 0", /is an exec of 0 bytes/, (bytes) => write(bytes, HEADER.size, 0)],
    ["an unknown kind", /is of kind 9/, (bytes) => (bytes.writeUInt8(9, HEADER.kind), bytes)],
    ["an unknown lane", /came by lane 7/, (bytes) => (bytes.writeUInt8(7, HEADER.lane), bytes)],
    ["parts beyond the record", /parts of \d+/, (bytes) => write(bytes, EXEC.partSize + 4 * PART.args, 999)],
    ["parts of absurd size", /parts of \d+/, (bytes) => write(bytes, EXEC.partSize, 0xffffffff)],
    ["parts short of the record", /parts of 27/, (bytes) => write(bytes, EXEC.partSize + 4 * PART.path, 0)],
    ["a short loss", /is a loss of 32 bytes/, () => write(encodeLoss("unresolved", 1, 0n, 0n), HEADER.size, 32)],
    ["an unknown reason", /is a loss of reason 0/, () => write(encodeLoss("unresolved", 1, 0n, 0n), LOSS.reason, 0)],
  ];
  for (const [what, message, damage] of damaged) {
    it(`refuses ${what}`, () => {
      const bytes = damage(Buffer.from(exec));
      assert.throws(
        () => readAll(bytes),
        (error) => error instanceof RecordError && message.test(error.message),
      );
    });
  }

  it("says where in the batch the fault is", () => {
    const batch = Buffer.concat([exec, exec.subarray(0, 100)]);
    assert.throws(() => readAll(batch), { name: "RecordError", code: "ERR_WALLWATCH_RECORD", at: exec.length });
  });

  it("never fails otherwise, whatever the bytes", () => {
    const mutation = fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 }));
    const base = Buffer.concat([encodeExec({ args: ["x", "ÿ"], env: ["A=b"] }), encodeLoss("ring_full", 1, 1n, 2n)]);
    fc.assert(
      fc.property(fc.array(mutation, { maxLength: 12 }), fc.nat(), (mutations, cut) => {
        const bytes = Buffer.from(base);
        for (const [at, value] of mutations) bytes[at % bytes.length] = value;
        try {
          for (const record of readAll(bytes.subarray(0, bytes.length - (cut % 3) * 8))) look(record as object);
        } catch (error) {
          assert(error instanceof RecordError, String(error));
        }
      }),
      { numRuns: 3000 },
    );
  });
});

function write(bytes: Buffer, at: number, value: number): Buffer {
  bytes.writeUInt32LE(value, at);
  return bytes;
}
