// Preloaded into the agent by the latency bench (node --import): notes when each batch of its log was on disk, which the
// file itself does not tell. As the process exits, it writes lines "SIZE NANOSECONDS" into the file SYNC_TIMES: the log's
// size up to which it was synced, and CLOCK_MONOTONIC when JavaScript knew that.
import { writeFileSync } from "node:fs";

import { loadAddon, type Addon } from "../src/capture/binding.js";

const file = process.env["SYNC_TIMES"];
if (file === undefined) throw new Error("SYNC_TIMES names no file");
const lines: string[] = [];
const addon: { -readonly [name in keyof Addon]: Addon[name] } = loadAddon();
const { appendToLog } = addon;
addon.appendToLog = async (...args) => {
  const appended = await appendToLog(...args);
  const { size = 0, written, synced } = appended;
  if (synced && written > 0) lines.push(`${size + written} ${process.hrtime.bigint()}\n`);
  return appended;
};
process.on("exit", () => {
  writeFileSync(file, lines.join(""));
});
