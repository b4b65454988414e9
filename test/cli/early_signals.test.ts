import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { EXIT } from "../../src/cli/exit.js";
import { Agent, ONLY_RULE_111, placesIn } from "../support/agent.js";
import { describeLive } from "../support/live.js";
import { ROOT } from "../support/programs.js";
import { PATIENCE } from "../support/patience.js";

/** Options of node: the program gets the signal when it is about to load `run`, for which it sets V8's flags first. */
function signalledEarly(signal: NodeJS.Signals): readonly string[] {
  const code = `import v8 from "node:v8";
    import { syncBuiltinESMExports } from "node:module";
    const { setFlagsFromString } = v8;
    v8.setFlagsFromString = (flags) => {
      v8.setFlagsFromString = setFlagsFromString;
      syncBuiltinESMExports();
      process.kill(process.pid, "${signal}");
      setFlagsFromString(flags);
    };
    syncBuiltinESMExports();`;
  return ["--import", `data:text/javascript,${encodeURIComponent(code)}`];
}

describe("a signal before run has begun", function () {
  this.timeout(60_000 * PATIENCE);

  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    it(`ends it in order: ${signal}`, () => {
      const folder = mkdtempSync(join(tmpdir(), "wallwatch-early-"));
      try {
        const config = join(folder, "wallwatch.toml");
        writeFileSync(config, `log.path = "${folder}/alerts.ndjson"\n${placesIn(folder)}`, { mode: 0o600 });
        const main = join(ROOT, "dist", "src", "main.js");
        const args = [...signalledEarly(signal), main, "run", "--config", config];
        const { status, signal: killedBy, stderr } = spawnSync(process.execPath, args, { encoding: "utf8" });
        assert.deepEqual([status, killedBy, stderr], [EXIT.ok, null, ""]);
      } finally {
        rmSync(folder, { recursive: true });
      }
    });
  }
});

describeLive("a SIGHUP before run has begun", () => {
  it("is heeded once it watches", async () => {
    const agent = await Agent.start({ config: ONLY_RULE_111, node: signalledEarly("SIGHUP") });
    try {
      await agent.diagnostics.first((line) => line.includes("the configuration is read again"), "word of the reload");
    } finally {
      await agent.stop();
      agent.remove();
    }
  });
});
