import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { release } from "node:os";
import { promisify } from "node:util";

import { Agent, field, type Alert } from "../support/agent.js";
import { describeLanes } from "../support/live.js";
import { PATIENCE } from "../support/patience.js";
import { compileProgram } from "../support/programs.js";
import { StandIns } from "../support/stand_ins.js";
import { Watching } from "../support/watching.js";

const run = promisify(execFile);

/** Up to Linux 6.5 the connector's listeners are one counter for the whole host, which anybody with root's rights can lower. */
function listenersAreACounter(): boolean {
  const [major = 0, minor = 0] = release().split(".").map(Number);
  return major < 6 || (major === 6 && minor < 6);
}

describeLanes("against whoever means to deceive or blind it", function (lane) {
  let watching: Watching | undefined;
  let standIns: StandIns;

  beforeEach(() => {
    standIns = new StandIns(lane);
  });
  afterEach(async () => {
    await watching?.stop();
    watching = undefined;
    standIns.remove();
  });

  /** Executes something again and again until it is seen. */
  async function untilSeen(watch: Watching, within: number): Promise<void> {
    for (let tries = 1; ; tries++) {
      try {
        await watch.fence(standIns, within);
        return;
      } catch (error) {
        if (!(error instanceof assert.AssertionError) || tries === 20) throw error;
      }
    }
  }

  it("an exec event that does not come from the kernel is refused and counted", async () => {
    const watch = (watching = await Watching.start({ lane, only: standIns.folder }));
    const target = spawn("/bin/cat", ["-", standIns.folder], { stdio: ["pipe", "ignore", "ignore"] });
    await watch.named("cat");
    await run(compileProgram("test/programs/forger.cc"), [String(target.pid)]);
    await watch.fence(standIns);
    target.stdin.end();
    await once(target, "exit");
    assert.equal(watch.execs.items.filter((exec) => field(exec, "process.pid") === target.pid).length, 1);
    await watch.stop(); // the filter's counters are looked at now and then, and at the end
    assert.equal(watch.watch.stats.capture["forged"], 1);
  });

  it("such an event is told in the alert log", async () => {
    const agent = await Agent.start({ lane });
    try {
      await run(compileProgram("test/programs/forger.cc"), [String(process.pid)]);
      const isTold = (document: Alert): boolean => field(document, "event.action") === "forged-events";
      const told = await agent.alerts.first(isTold, "word of the forgery");
      assert.ok(Number(field(told, "wallwatch.forged.count")) >= 1);
      assert.equal(field(told, "log.level"), "warn");
      await agent.diagnostics.first((line) => line.includes("did not come from the kernel"), "the same on stderr");
    } finally {
      await agent.stop();
      agent.remove();
    }
  });

  it("somebody else's IGNOREs do not blind it for longer than to its next canary", async () => {
    const within = 500 * PATIENCE;
    const watch = (watching = await Watching.start({
      lane,
      only: standIns.folder,
      canary: { every: 2 * within, within },
    }));
    await run(compileProgram("test/programs/blinder.cc"), ["20"]);
    if (listenersAreACounter()) {
      const loss = await watch.losses.first(({ reason }) => reason === "canary_missed", "missed canary");
      assert.ok(loss.until > loss.from);
    }
    await untilSeen(watch, within);
    const missed = watch.losses.items.some(({ reason }) => reason === "canary_missed");
    assert.equal(missed, listenersAreACounter());
  });
});
