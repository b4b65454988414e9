import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";

import { LogHarness, names, take } from "./writer_harness.js";

/** How often the process is killed: a second each; LOG_KILLS=1000 for a long run. */
const KILLS = Number(process.env["LOG_KILLS"] ?? (process.env["CI"] === undefined ? 10 : 50));

/** Lines that its reader takes at once. */
const BATCH = 7;

/** What one process has told before it was killed. */
interface Told {
  readonly written: string[];
  readonly got: { readonly name: string; readonly maybeSent: boolean }[];
}

describe("a log whose process is killed", () => {
  let harness: LogHarness;
  beforeEach(() => (harness = new LogHarness()));
  afterEach(() => harness.cleanUp());

  async function runUntilKilled(round: number): Promise<Told> {
    const program = new URL("./endless_reader.js", import.meta.url).pathname;
    const child = spawn(process.execPath, [program, harness.path, join(harness.folder, "state"), String(round)], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const ended = new Promise((resolve) => child.once("exit", (_code, signal) => resolve(signal)));
    const told: Told = { written: [], got: [] };
    // Some of these points lie within the start, the renaming of a segment, the writing of a cursor.
    let left = Math.floor(Math.random() * 150);
    for await (const line of createInterface({ input: child.stdout })) {
      const [kind, name = ""] = line.split(" ");
      if (kind === "w") told.written.push(name);
      else told.got.push({ name, maybeSent: kind === "m" });
      if (left-- === 0) child.kill("SIGKILL");
    }
    assert.equal(await ended, "SIGKILL", "it ends in no other way");
    return told;
  }

  it(`loses no line and gives none twice but what may have been sent, ${KILLS} times`, async function () {
    this.timeout(60_000 + KILLS * 4000);
    const rounds: Told[] = [];
    for (let round = 0; round < KILLS; round++) rounds.push(await runUntilKilled(round));
    await harness.open();
    const reader = await harness.openReader();
    const stored = harness.segments().flatMap((path) => names(harness.lines(path)));
    assert.equal(new Set(stored).size, stored.length, "no line stands in the log twice");

    const inLog = new Set(stored);
    const written = rounds.flatMap((told) => told.written);
    assert.deepEqual(
      written.filter((name) => !inLog.has(name)),
      [],
      "what was told committed is there",
    );

    const place = new Map(stored.map((name, index) => [name, index]));
    /** The first line in the log that no process has got. */
    let next = 0;
    for (const [round, { got }] of rounds.entries()) {
      let due = place.get(got[0]?.name ?? "") ?? next;
      assert.ok(due <= next && next - due <= BATCH, `round ${round} began at line ${due}, where ${next} was due`);
      for (const { name, maybeSent } of got) {
        assert.equal(stored[due], name, `round ${round}`);
        if (due < next) assert.ok(maybeSent, `round ${round}: ${name} comes again and is not marked`);
        next = Math.max(next, ++due);
      }
    }
    while (reader.waiting.bytes > 0) {
      const [name = ""] = await take(reader, 1);
      const at = place.get(name) ?? -1;
      assert.ok(at >= next - BATCH && at <= next, `${name} is one that was due`);
      next = Math.max(next, at + 1);
    }
    assert.equal(next, stored.length, "all was read");
    assert.ok(harness.segments().length > KILLS / 5, "segments were closed all the time");
  });
});
