import assert from "node:assert/strict";
import { execFile, execFileSync } from "node:child_process";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";

import { describeLive } from "../support/live.js";
import { USUAL } from "../support/patience.js";
import { FakeProc } from "../support/proc.js";
import { ROOT } from "../support/programs.js";

const run = promisify(execFile);

/** In a process of its own, since it may stand still for ever. */
const PROGRAM = `
  const { watchExecs } = await import(process.argv[1]);
  const watch = watchExecs({ procRoot: process.argv[2], canary: false });
  await watch.ready;
  console.log(watch.stats.table.programs);
  await watch.close();`;

describeLive("a process that keeps whoever reads its memory waiting", function () {
  let proc: FakeProc;
  beforeEach(() => (proc = new FakeProc()));
  afterEach(() => proc.close());

  it("keeps no watch from beginning, and the others are known all the same", async () => {
    for (const pid of [40, 41, 42]) proc.add(pid, { args: ["x"], executable: "/opt/x" });
    const cmdline = join(proc.root, "41", "cmdline");
    rmSync(cmdline);
    execFileSync("mkfifo", [cmdline]); // whoever opens it waits for a writer
    const watch = join(ROOT, "dist", "src", "watch.js");
    const args = ["--input-type=module", "-e", PROGRAM, watch, proc.root];
    const { stdout } = await run(process.execPath, args, { timeout: 2 * USUAL, killSignal: "SIGKILL" });
    assert.equal(stdout, "3\n");
  });
});
