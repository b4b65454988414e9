import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, readlinkSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { EXIT } from "../../src/cli/exit.js";
import { Agent, field, ONLY_RULE_111, placesIn } from "../support/agent.js";
import { describeLive } from "../support/live.js";
import { ROOT } from "../support/programs.js";
import { StandIns } from "../support/stand_ins.js";
import { Stream } from "../support/stream.js";

const MAIN = join(ROOT, "dist", "src", "main.js");

describeLive("wallwatch run", () => {
  let standIns: StandIns;
  beforeEach(() => {
    standIns = new StandIns("kernel");
    standIns.program("iptables");
  });
  afterEach(() => standIns.remove());

  describe("in a pipe", () => {
    let agent: Agent;
    beforeEach(async () => (agent = await Agent.start({ config: ONLY_RULE_111 })));
    afterEach(async () => {
      if (agent.process.exitCode === null) await agent.stop();
      agent.remove();
    });

    it("prints nothing but JSON about itself, on standard error", async () => {
      let stdout = "";
      agent.process.stdout.on("data", (chunk: Buffer) => (stdout += chunk.toString()));
      await standIns.run("iptables", "-F");
      await agent.alertFrom(standIns.folder);
      assert.equal(await agent.stop("SIGINT"), EXIT.ok);
      assert.equal(stdout, "");
      const messages = agent.diagnostics.items.map((line) => JSON.parse(line) as { level: string; msg: string });
      assert.match(messages[0]?.msg ?? "", /^watching /);
      assert.match(messages.at(-1)?.msg ?? "", /^stopped after \d+ execs/);
    });

    it("is the only one to write its log", async () => {
      const config = join(agent.folder, "wallwatch.toml");
      const second = spawn(process.execPath, [MAIN, "run", "--config", config], {
        stdio: ["ignore", "ignore", "pipe"],
      });
      let stderr = "";
      second.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
      const [code] = (await once(second, "close")) as [number];
      assert.equal(code, EXIT.io);
      assert.match(stderr, new RegExp(`^wallwatch: Another wallwatch \\(process ${agent.pid}\\) writes `));
    });

    it("goes on in a new log where the old one was moved away, and says so", async () => {
      await standIns.run("iptables", "-F");
      await agent.alertFrom(standIns.folder);
      renameSync(agent.log, `${agent.log}.1`);
      await agent.diagnostics.first((line) => line.includes("moved away"), "word of the log moved away");
      await standIns.run("iptables", "-X");
      await agent.stop();
      const [first, second] = [`${agent.log}.1`, agent.log].map((path) => readFileSync(path, "utf8"));
      assert.ok(first !== undefined && second !== undefined);
      assert.ok(first.includes(`${standIns.folder}/iptables -F`));
      assert.ok(second.includes(`${standIns.folder}/iptables -X`));
      assert.ok(!second.includes(`${standIns.folder}/iptables -F`));
    });

    it("writes a line that was cut short by the end of an earlier one anew", async () => {
      agent.process.kill("SIGKILL");
      await once(agent.process, "exit");
      writeFileSync(agent.log, '{"torn": "li', { flag: "a" });
      const next = await Agent.start({ config: ONLY_RULE_111, folder: agent.folder });
      try {
        assert.ok(next.diagnostics.items.some((line) => line.includes("cut short")));
        assert.equal(readFileSync(`${agent.log}.torn`, "utf8"), '{"torn": "li\n');
      } finally {
        await next.stop();
      }
    });
  });

  it("tells of more than the cap lets through, in a summary and at the end at the latest", async () => {
    const agent = await Agent.start({ config: ONLY_RULE_111, maxAlerts: 2 });
    try {
      for (let i = 0; i < 5; i++) await standIns.run("iptables", "-F");
      await agent.alertFrom(standIns.folder);
      assert.equal(await agent.stop(), EXIT.ok);
      const documents = readFileSync(agent.log, "utf8")
        .trimEnd()
        .split("\n")
        .map((line) => JSON.parse(line) as Record<string, unknown>);
      const summaries = documents.filter((document) => field(document, "event.action") === "alerts-capped");
      assert.ok(summaries.length === 1, `${summaries.length} summaries`);
      assert.ok(Number(field(summaries[0] ?? {}, "wallwatch.capped.count")) >= 3);
      assert.equal(field(summaries[0] ?? {}, "host.name"), field(documents[0] ?? {}, "host.name"));
    } finally {
      agent.remove();
    }
  });

  it("keeps alerts that a full disk refuses, says so at once, and loses none (mounts a small disk)", async () => {
    const folder = mkdtempSync(join(tmpdir(), "wallwatch-run-"));
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=32m,mode=0755", "tmpfs", folder]);
    let agent: Agent | undefined;
    try {
      const filler = join(folder, "filler");
      writeFileSync(filler, Buffer.alloc(2 ** 25 - 100 * 1024));
      agent = await Agent.start({ config: ONLY_RULE_111, folder });
      const from = agent.diagnostics.items.length;
      for (let i = 0; i < 20; i++) await standIns.run("iptables", "-F");
      await agent.diagnostics.first((line) => line.includes("ENOSPC"), "word of the full disk", undefined, from);
      await standIns.run("iptables", "-X"); // it is still watching
      rmSync(filler);
      await agent.diagnostics.first((line) => line.includes("written again"), "word of its end", undefined, from);
      assert.equal(await agent.stop(), EXIT.ok);
      const documents = readFileSync(agent.log, "utf8")
        .trimEnd()
        .split("\n")
        .map((line) => JSON.parse(line) as Record<string, unknown>);
      const own = documents.filter((document) => field(document, "process.executable") === standIns.path("iptables"));
      assert.equal(own.length, 21);
      assert.equal(new Set(own.map((document) => field(document, "event.id"))).size, 21);
    } finally {
      agent?.process.kill("SIGKILL");
      execFileSync("umount", ["--lazy", folder]);
      rmSync(folder, { recursive: true });
    }
  });

  describe("on a terminal", () => {
    it("shows one line per incident, escaped, that counts", async () => {
      const folder = mkdtempSync(join(tmpdir(), "wallwatch-run-"));
      const log = join(folder, "alerts.ndjson");
      const config = join(folder, "wallwatch.toml");
      writeFileSync(config, `log.path = "${log}"\n${placesIn(folder)}${ONLY_RULE_111}`, { mode: 0o600 });
      const command = `stty cols 200 rows 40; exec '${process.execPath}' '${MAIN}' run --config '${config}'`;
      const terminal = spawn("script", ["-qec", command, "/dev/null"], {
        stdio: ["pipe", "pipe", "inherit"],
        env: { ...process.env, TERM: "xterm" },
      });
      const ended = once(terminal, "close");
      const output = new Stream<string>();
      terminal.stdout.on("data", (chunk: Buffer) => output.push(chunk.toString()));
      try {
        await output.first((text) => text.includes("watching"), "sign that it watches");
        standIns.program("ufw");
        standIns.script("twice", `#!/bin/sh\n"$1/ufw" disable "$(printf '\\033[2J')"\n"$1/iptables" -F\ntrue\n`);
        await standIns.run("twice", standIns.folder);
        const line = await output.first((text) => text.includes(standIns.folder), "line of the incident");
        assert.match(line, /LOW .*root: .*\/ufw"? disable "?\\e\[2J/);
        assert.match(line, /← \/bin\/sh /);
        await output.first((text) => text.includes("×2"), "the count");
        process.kill(Number.parseInt(readlinkSync(`${log}.lock`), 10), "SIGINT");
        assert.deepEqual(await ended, [0, null]);
        assert.match(output.items.join(""), /stopped after \d+ execs/);
        assert.ok(statSync(log).size > 0, "the log has them as well");
      } finally {
        terminal.kill();
        rmSync(folder, { recursive: true });
      }
    });
  });
});
