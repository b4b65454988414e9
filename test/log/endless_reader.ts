// Appends lines of many lengths to a log of small segments and reads them again, until it is killed. Prints "w NAME" for each
// line that was told committed, and "d NAME" or "m NAME" (maybe sent) for each that its reader got, before it commits it.
import { writeSync } from "node:fs";

import { AlertLog } from "../../src/log/writer.js";
import { entry, names, ONE_SEGMENT } from "./writer_harness.js";

const [path = "", state = "", round = ""] = process.argv.slice(2);
const say = (kind: string, lines: readonly Buffer[]): void => {
  const told = names(lines.map(String)).map((name) => `${kind} ${name}\n`);
  writeSync(1, told.join(""));
};
const log = await AlertLog.open({
  path,
  memory: 2 ** 24,
  segments: { ...ONE_SEGMENT, segmentSize: 8192 },
  state,
  events: {
    committed: (entries) =>
      say(
        "w",
        entries.map(({ line }) => line),
      ),
    reader: (_name, { kind, error }) => {
      throw new Error(kind, { cause: error });
    },
  },
});
const reader = await log.openReader("sink");

async function read(): Promise<never> {
  for (;;) {
    const batch = await reader.next({ lines: 7, bytes: 4096 }, new AbortController().signal);
    if (batch === undefined) throw new Error("the reader has ended");
    say(batch.maybeSent ? "m" : "d", batch.lines);
    await reader.commit(batch);
  }
}

async function write(): Promise<never> {
  for (let count = 0; ;) {
    for (let i = 0; i < 5; i++, count++) log.append(entry(`${round}-${count}`, "rule", (count * 37) % 1500));
    await log.drained();
  }
}

await Promise.all([read(), write()]);
