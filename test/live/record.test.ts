import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";

import { replay } from "../../src/cli/replay.js";
import type { JsonDocument } from "../../src/rules/document.js";
import { Agent, field } from "../support/agent.js";
import { followLines } from "../support/follow.js";
import { describeLive } from "../support/live.js";
import { USUAL } from "../support/patience.js";
import { ROOT } from "../support/programs.js";
import { StandIns } from "../support/stand_ins.js";
import { recordedStdio } from "../support/stdio.js";
import { Stream } from "../support/stream.js";

const GIST = ["wallwatch.alert.id", "event.id", "wallwatch.incident.id", "rule.id", "process.command_line"];

describeLive("wallwatch record", function () {
  it("writes down what replay makes the same alerts of as the agent did, and masks secrets", async () => {
    const agent = await Agent.start();
    const standIns = new StandIns("kernel");
    const file = join(agent.folder, "execs.ndjson");
    const execs = new Stream<JsonDocument>();
    const said = new Stream<string>();
    const unfollow = followLines(file, (line) => execs.push(JSON.parse(line) as JsonDocument));
    const main = join(ROOT, "dist", "src", "main.js");
    const recorder = spawn(process.execPath, [main, "record", file], { stdio: ["ignore", "ignore", "pipe"] });
    const ended = once(recorder, "exit");
    createInterface({ input: recorder.stderr }).on("line", (line) => said.push(line));
    try {
      await said.first((line) => line.includes("recording"), "sign that it records");
      standIns.program("iptables");
      standIns.program("mysql");
      standIns.script("ufw-init", '#!/bin/sh\nfor i in 1 2 3; do "${0%/*}/iptables" -X$i; done\n');
      const alerts = await agent.alertsFrom(standIns.folder, async () => {
        await standIns.run("ufw-init", "force-stop");
        await standIns.run("ufw-init", "force-stop");
      });
      await standIns.run("mysql", "-uroot", "-phunter2");
      await execs.first((exec) => field(exec, "process.name") === "mysql", "exec of mysql", USUAL);
      recorder.kill("SIGINT");
      assert.deepEqual(await ended, [0, null]);

      assert.equal(statSync(file).mode & 0o777, 0o600);
      const text = readFileSync(file, "utf8");
      assert.ok(!text.includes("hunter2"));
      const stdio = recordedStdio({ stdin: text });
      assert.equal(await replay([], stdio), 0);
      const replayed = stdio
        .out()
        .split("\n")
        .filter((line) => line.includes(`${standIns.folder}/`))
        .map((line) => JSON.parse(line) as JsonDocument);
      const gist = (alert: JsonDocument): unknown => GIST.map((name) => field(alert, name));
      assert.equal(alerts.length, 8);
      assert.deepEqual(replayed.map(gist), alerts.map(gist));
    } finally {
      recorder.kill("SIGKILL");
      unfollow();
      standIns.remove();
      await agent.stop();
      agent.remove();
    }
  });
});
