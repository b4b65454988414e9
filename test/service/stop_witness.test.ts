import assert from "node:assert/strict";
import { getHeapStatistics, setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

import { StopWitness } from "../../src/service/stop_witness.js";
import { HOST, Story } from "../support/events.js";
import type { RefInput } from "../support/records.js";

/** One after the other below the same parent, a tenth of a second apart. */
function commands(witness: StopWitness, ...all: readonly (readonly string[])[]): void {
  const story = new Story();
  let pid = 1000;
  let time = 1_000_000_000n;
  const exec = (creator: RefInput, args: readonly string[]): RefInput => {
    time += 100_000_000n;
    const self = { pid: ++pid, start: time, execKey: BigInt(pid) };
    const path = args[0] ?? "";
    witness.executed(story.exec({ ...self, timestamp: time, forkTime: time, creator, path, args }), HOST);
    return self;
  };
  const shell = exec({ pid: 1, start: 1n }, ["/bin/bash", "-c", "…"]);
  for (const args of all) exec(shell, args);
}

/** Bytes on V8's heap that something still needs. */
function heapInUse(): number {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  collect();
  return getHeapStatistics().used_heap_size;
}

describe("what may have stopped the agent", () => {
  it("is what stops services, latest first, and what it stands below", () => {
    const witness = new StopWitness();
    commands(witness, ["/usr/bin/ls", "-l"], ["/bin/kill", "-9", "7"], ["/usr/bin/systemctl", "stop", "wallwatch"]);
    const seen = witness.seen.map(({ name, args, ancestors }) => [name, args, ancestors[0]?.path]);
    assert.deepEqual(seen, [
      ["systemctl", ["stop", "wallwatch"], "/bin/bash"],
      ["kill", ["-9", "7"], "/bin/bash"],
    ]);
  });

  it("costs little memory, however long its arguments are", () => {
    const before = heapInUse();
    const witness = new StopWitness();
    const long = "x".repeat(100_000);
    const all = Array.from({ length: 80 }, (_, index) => ["/bin/kill", `${index}`, ...Array<string>(8).fill(long)]);
    commands(witness, ...all);
    const [last] = witness.seen;
    assert.equal(witness.seen.length, 64);
    assert.equal(last?.args[0], "79");
    assert.equal(last.args[1]?.length, 512);
    assert.ok(heapInUse() - before < 16 * 2 ** 20, `${heapInUse() - before} bytes`);
  });
});
