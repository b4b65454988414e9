// The capture stage as a watcher of the bench: notes the number that each exec of the storm carries. It says "watching",
// repeats the storm's last exec, and on SIGTERM writes out all numbers that it saw, and what was reported as lost.
import { writeSync } from "node:fs";

import { watchExecs } from "../src/watch.js";
import { MARKER } from "./storm.js";

const abort = new AbortController();
process.once("SIGTERM", () => {
  abort.abort();
});
const watch = watchExecs({ lane: "kernel", signal: abort.signal });
const started = await watch.ready;
const seen: string[] = [];
const lost: string[] = [];
writeSync(1, `watching by the ${started.lane} lane\n`);
for await (const item of watch) {
  if (item.kind === "loss") {
    lost.push(`lost ${item.count} by ${item.reason}`);
    continue;
  }
  const argument = item.process.args[1];
  if (argument?.startsWith(MARKER) !== true) continue;
  if (argument.endsWith("END")) writeSync(1, `${argument}\n`);
  else seen.push(argument);
}
for (const line of [...lost, ...seen]) writeSync(1, `${line}\n`);
