// Preloaded into the agent by the latency bench (node --import): notes when each fdatasync of its log was done, which the
// file itself does not tell. As the process exits, it writes lines "SIZE NANOSECONDS" into the file SYNC_TIMES: the log's
// size as the sync began, and CLOCK_MONOTONIC when JavaScript knew that it had ended.
import { fstatSync, writeFileSync } from "node:fs";
import { open, type FileHandle } from "node:fs/promises";

const file = process.env["SYNC_TIMES"];
if (file === undefined) throw new Error("SYNC_TIMES names no file");
const lines: string[] = [];
const probe = await open("/dev/null");
const prototype = Object.getPrototypeOf(probe) as Pick<FileHandle, "datasync">;
await probe.close();
const { datasync } = prototype;
prototype.datasync = async function (this: FileHandle) {
  const { size } = fstatSync(this.fd);
  await datasync.call(this);
  lines.push(`${size} ${process.hrtime.bigint()}\n`);
};
process.on("exit", () => {
  writeFileSync(file, lines.join(""));
});
