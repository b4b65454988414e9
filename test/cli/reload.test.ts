import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, mkdtempSync, readFileSync, readlinkSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { constants, tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";

import { EXIT } from "../../src/cli/exit.js";
import { until } from "../log/writer_harness.js";
import { Agent, asUser, field, ONLY_RULE_111, type Alert } from "../support/agent.js";
import { followLines } from "../support/follow.js";
import { describeLive } from "../support/live.js";
import { compileProgram, ROOT } from "../support/programs.js";
import { StandIns } from "../support/stand_ins.js";
import { Stream } from "../support/stream.js";

const MAIN = join(ROOT, "dist", "src", "main.js");

const RULE_111 = "83e9c2b3-24ef-4c1d-a8cd-5ebafb5dfa2f";

/** A rule about one program. */
function ruleAbout(program: string, id = program): string {
  return `[rule]\nrule_id = "${id}"\nname = "About ${program}"\ndescription = "d"\nseverity = "low"\nrisk_score = 21
type = "eql"\nquery = 'process where process.name == "${program}"'\n`;
}

/** The configuration of an agent, written anew. */
function configure(agent: Agent, change: (toml: string) => string): void {
  const path = join(agent.folder, "wallwatch.toml");
  writeFileSync(path, change(readFileSync(path, "utf8")));
}

async function reload(agent: Agent, ...args: string[]): Promise<{ code: unknown; stdout: string; stderr: string }> {
  const config = join(agent.folder, "wallwatch.toml");
  const command = spawn(process.execPath, [MAIN, "reload", "--config", config, ...args], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  let [stdout, stderr] = ["", ""];
  command.stdout.on("data", (chunk: Buffer) => (stdout += chunk.toString()));
  command.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
  const [code] = (await once(command, "close")) as unknown[];
  return { code, stdout, stderr };
}

/** Whether a signal waits for the process, which is stopped. */
function isPending(pid: number, signal: number): boolean {
  const [, mask = "0"] = /^ShdPnd:\s*(\w+)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
  return ((BigInt(`0x${mask}`) >> BigInt(signal - 1)) & 1n) === 1n;
}

describeLive("wallwatch reload", () => {
  let agent: Agent;
  let standIns: StandIns;
  let rules: string;

  beforeEach(async () => {
    standIns = new StandIns("kernel");
    for (const name of ["iptables", "first", "second"]) standIns.program(name);
    rules = mkdtempSync(join(tmpdir(), "wallwatch-rules-"));
    writeFileSync(join(rules, "a.toml"), ruleAbout("first"), { mode: 0o600 });
    const config = ONLY_RULE_111.replace("paths = [", `paths = ["${rules}", `);
    agent = await Agent.start({ config });
  });
  afterEach(async () => {
    if (agent.process.exitCode === null) await agent.stop();
    agent.remove();
    standIns.remove();
    rmSync(rules, { recursive: true });
  });

  const alertsOf = async (...programs: readonly string[]): Promise<unknown[]> => {
    const alerts = await agent.alertsFrom(standIns.folder, async () => {
      for (const program of programs) await standIns.run(program, "-F");
    });
    return alerts.map((alert) => field(alert, "rule.name"));
  };

  it("takes over rules, exceptions, tags and labels, and says so to all", async () => {
    assert.deepEqual(await alertsOf("first", "second"), ["About first"]);
    writeFileSync(join(rules, "b.toml"), ruleAbout("second"), { mode: 0o600 });
    configure(agent, (toml) => {
      const exception = '[[exceptions]]\nreason = "r"\ncondition = \'process.name == "first"\'\n';
      return `tags = ["new"]\nlabels.site = "here"\n${toml}${exception}`;
    });
    const { code, stdout, stderr } = await reload(agent);
    assert.deepEqual([code, stderr], [EXIT.ok, ""]);
    assert.equal(stdout, `process ${agent.pid}: The configuration is read again: 3 rules, 1 exception.\n`);
    assert.deepEqual(await alertsOf("first", "second"), ["About second"]);
    const last = agent.alerts.items.at(-1) ?? {};
    assert.deepEqual([field(last, "tags"), field(last, "labels.site")].flat(), ["new", "here"]);
    const told = agent.alerts.items.find((document) => field(document, "event.action") === "configuration-reloaded");
    assert.equal(field(told ?? {}, "wallwatch.reload.rules"), 3);
  });

  it("takes over redaction: what is masked from then on", async () => {
    const argsOf = async (): Promise<unknown> => {
      const [alert = {}] = await agent.alertsFrom(standIns.folder, async () => {
        await standIns.run("first", "--pin=1234");
      });
      return (field(alert, "process.args") as unknown[]).at(-1);
    };
    assert.equal(await argsOf(), "--pin=1234");
    configure(agent, (toml) => `redaction.patterns = ["--pin=*"]\n${toml}`);
    const { code, stdout } = await reload(agent);
    assert.equal(code, EXIT.ok);
    assert.doesNotMatch(stdout, /restart/);
    assert.equal(await argsOf(), "--pin=[redacted]");
  });

  it("keeps the rule of a file that broke, and names it", async () => {
    writeFileSync(join(rules, "a.toml"), ruleAbout("first").replace("==", "="));
    const { code, stderr } = await reload(agent);
    assert.equal(code, EXIT.failure);
    assert.match(stderr, new RegExp(`^wallwatch: ${rules}/a\\.toml:8:\\d+: unexpected \`=\``));
    assert.match(stderr, /a\.toml: its rule stays as it was: About first \(first\)/);
    assert.ok(agent.diagnostics.items.some((line) => line.includes("its rule stays as it was")));
    assert.deepEqual(await alertsOf("first"), ["About first"]);
    writeFileSync(join(rules, "a.toml"), ruleAbout("second", "first"));
    assert.equal((await reload(agent)).code, EXIT.ok);
    assert.deepEqual(await alertsOf("first", "second"), ["About second"]);
  });

  it("takes a rule away with its file, and none with a folder that is gone", async () => {
    writeFileSync(join(rules, "b.toml"), ruleAbout("second"), { mode: 0o600 });
    assert.equal((await reload(agent)).code, EXIT.ok);
    assert.deepEqual(await alertsOf("first", "second"), ["About first", "About second"]);
    rmSync(join(rules, "a.toml"));
    assert.equal((await reload(agent)).code, EXIT.ok);
    assert.deepEqual(await alertsOf("first", "second"), ["About second"]);
    renameSync(rules, `${rules}.gone`);
    try {
      const { code, stderr } = await reload(agent);
      assert.equal(code, EXIT.failure);
      const gone = `${rules}: there is no such file or folder`;
      assert.equal(
        stderr,
        `wallwatch: ${gone}\nwallwatch: ${rules}: its rule stays as it was: About second (second)\n`,
      );
      assert.deepEqual(await alertsOf("first", "second"), ["About second"]);
    } finally {
      renameSync(`${rules}.gone`, rules);
    }
  });

  it("warns of exceptions that have expired or are for no rule", async () => {
    configure(agent, (toml) => {
      const exception =
        '[[exceptions]]\nreason = "Old"\ncondition = \'true\'\nexpires = 2020-01-01\nrules = ["none"]\n';
      return `${toml}${exception}`;
    });
    const { code, stderr } = await reload(agent);
    assert.equal(code, EXIT.ok);
    const expired = 'wallwatch: the exception "Old" expired at 2020-01-02T00:00:00.000Z and applies no longer\n';
    assert.equal(stderr, `${expired}wallwatch: the exception "Old" is for the rule none, and there is no such rule\n`);
    for (const sentence of stderr
      .trimEnd()
      .split("\n")
      .map((line) => line.slice("wallwatch: ".length))) {
      await agent.diagnostics.first((line) => line.includes(sentence.replaceAll('"', '\\"')), sentence);
    }
    assert.deepEqual(await alertsOf("first"), ["About first"]);
  });

  it("warns of a rule that asks for a variable which only a restart captures", async () => {
    const rule = ruleAbout("first").replace(/query = .*/, `query = 'process where process.env_vars == "PINNED=1"'`);
    writeFileSync(join(rules, "a.toml"), rule);
    configure(agent, (toml) => `capture.environment = ["PINNED"]\n${toml}`);
    const { code, stdout, stderr } = await reload(agent);
    assert.equal(code, EXIT.ok);
    assert.match(stdout, /^only with a restart: capture\.environment$/m);
    const warning = 'the rule "About first" asks for environment variables that are not captured: PINNED';
    assert.equal(stderr, `wallwatch: ${warning}\n`);
  });

  it("refuses a configuration that is wrong as a whole, and what was stays", async () => {
    writeFileSync(join(rules, "a.toml"), ruleAbout("second", "first"));
    configure(agent, (toml) => `tgas = ["new"]\n${toml}`);
    const from = agent.diagnostics.items.length;
    const refused = await reload(agent);
    assert.equal(refused.code, EXIT.configuration);
    assert.match(refused.stderr, /wallwatch\.toml:1:1: there is no key tgas; did you mean tags\?/);
    assert.equal(agent.diagnostics.items.length, from, "the running one was not even told");
    agent.process.kill("SIGHUP");
    const line = await agent.diagnostics.first((text) => text.includes("not taken over"), "refusal", undefined, from);
    assert.match(line, /wallwatch\.toml:1:1: there is no key tgas/);
    await agent.alerts.first((one) => field(one, "event.action") === "configuration-refused", "word of it in the log");
    assert.deepEqual(await alertsOf("first", "second"), ["About first"]);
  });

  it("refuses to be left without a rule", async () => {
    configure(agent, (toml) => toml.replace(/^paths = .*$/m, "paths = []"));
    const { code, stderr } = await reload(agent);
    assert.equal(code, EXIT.configuration);
    assert.match(stderr, /^wallwatch: No rule would be left/);
    agent.process.kill("SIGHUP");
    await agent.diagnostics.first((text) => text.includes("There is no rule to watch by"), "refusal");
    assert.deepEqual(await alertsOf("first"), ["About first"]);
  });

  it("says what takes effect only with a restart", async () => {
    configure(agent, (toml) =>
      `capture.canary_interval = "50s"\n${toml}`.replace(/^log\.path.*$/m, `$&\nlog.memory = "1MiB"`),
    );
    const { code, stdout } = await reload(agent);
    assert.equal(code, EXIT.ok);
    assert.match(stdout, /^only with a restart: capture\.canary_interval, log\.memory$/m);
    assert.ok(
      agent.diagnostics.items.some((line) => line.includes("take effect only when wallwatch is started again")),
    );
  });

  it("finds the running one by its status socket, where log.path is another by now", async () => {
    configure(agent, (toml) => toml.replace(/^log\.path.*$/m, `log.path = "${agent.folder}/later.ndjson"`));
    const { code, stdout, stderr } = await reload(agent);
    assert.deepEqual([code, stderr], [EXIT.ok, ""]);
    assert.match(
      stdout,
      new RegExp(`^process ${agent.pid}: The configuration is read again.*\nonly with a restart: log\\.path$`, "m"),
    );
  });

  it("finds the running one by its log, where it does not answer at the status socket", async () => {
    configure(agent, (toml) => toml.replace(/^status\.path.*$/m, `status.path = "${agent.folder}/later.sock"`));
    const { code, stdout } = await reload(agent);
    assert.equal(code, EXIT.ok);
    assert.match(stdout, /^only with a restart: status\.path$/m);
  });

  it("asks which is meant, where one answers at the status socket and another writes the log", async () => {
    const other = await Agent.start({ config: ONLY_RULE_111 });
    try {
      configure(agent, (toml) => toml.replace(/^log\.path.*$/m, `log.path = "${other.log}"`));
      const { code, stdout, stderr } = await reload(agent);
      assert.deepEqual([code, stdout], [EXIT.failure, ""]);
      const told = `process ${agent.pid} answers at ${agent.folder}/status.sock, and process ${other.pid} writes ${other.log}`;
      assert.equal(
        stderr,
        `wallwatch: Two run: ${told}.\nSay which is meant by its log: --log ${agent.log}, or --log ${other.log}.\n`,
      );
      assert.match((await reload(agent, "--log", other.log)).stdout, new RegExp(`^process ${other.pid}: `));
    } finally {
      await other.stop();
      other.remove();
    }
  });

  it("says that nobody runs", async () => {
    const { code, stderr } = await reload(agent, "--log", join(agent.folder, "other.ndjson"));
    assert.equal(code, EXIT.failure);
    assert.match(stderr, /^wallwatch: No wallwatch writes .*other\.ndjson, so none is to be told\./);
  });

  it("says at once that the running one ended before it answered", async () => {
    configure(agent, (toml) => toml.replace(/^status\.path.*$/m, `status.path = "${agent.folder}/later.sock"`));
    agent.process.kill("SIGSTOP");
    const reloaded = reload(agent);
    await until("the signal to be on its way", () => isPending(agent.pid, constants.signals.SIGHUP));
    await agent.stop("SIGKILL");
    const { code, stderr } = await reloaded;
    assert.equal(code, EXIT.failure);
    assert.match(stderr, new RegExp(`^wallwatch: Process ${agent.pid} ended before it had read anything again\\.`));
  });

  it("says who may where this user may not read the log", async () => {
    const [program = "", ...args] = asUser({ id: 65534, capabilities: [] });
    const command = spawn(program, [...args, process.execPath, MAIN, "reload", "--log", agent.log], {
      stdio: ["ignore", "ignore", "pipe"],
    });
    const [said, end] = await Promise.all([text(command.stderr), once(command, "close")]);
    assert.equal(end[0], EXIT.privilege);
    assert.match(said, /^wallwatch: This user may not read the alert log .*\nRun it as root/);
  });

  it("has each exec judged once, by the rules and exceptions before or by those after, however often it is told", async () => {
    const runs = 300;
    copyFileSync(compileProgram("test/programs/exit_at_once.S"), standIns.path("iptables"));
    standIns.script("flush", `#!/bin/sh\nfor i in $(seq ${runs}); do "\${0%/*}/iptables" -F; done\n`);
    const toml = readFileSync(join(agent.folder, "wallwatch.toml"), "utf8");
    const exception = `[[exceptions]]\nreason = "r"\ncondition = 'process.name == "iptables"'\nrules = ["${RULE_111}"]\nlog = true\n`;
    /** Each turn has another rule about the program in place of the last one, and every other turn an exception. */
    const turn = (count: number): void => {
      writeFileSync(join(rules, "a.toml"), ruleAbout("iptables", count % 2 === 0 ? "even" : "odd"));
      configure(agent, () => (count % 2 === 0 ? toml : `${toml}${exception}`));
    };
    const reloads = (): number =>
      agent.alerts.items.filter((document) => field(document, "event.action") === "configuration-reloaded").length;
    const reloadOnce = async (): Promise<void> => {
      const before = reloads();
      turn(before);
      agent.process.kill("SIGHUP");
      await agent.alerts.first(() => reloads() > before, "word of the reload", undefined, agent.alerts.items.length);
    };
    await reloadOnce();
    const documents = await agent.alertsFrom(standIns.folder, async () => {
      const running = new AbortController();
      const flushed = standIns.run("flush").finally(() => running.abort());
      while (!running.signal.aborted) await reloadOnce();
      await flushed;
    });
    const judged = (...ids: string[]): string[] =>
      documents.flatMap((one: Alert) => {
        if (field(one, "process.name") !== "iptables" || !ids.includes(String(field(one, "rule.id")))) return [];
        return [String(field(one, "event.id") ?? "")];
      });
    assert.equal(judged("even", "odd").length, runs, "by one of the two");
    assert.equal(new Set(judged("even", "odd")).size, runs, "each of them");
    assert.equal(judged(RULE_111).length, runs, "whether excepted or not");
    assert.ok(reloads() > 1);
  });
});

describeLive("SIGHUP on a terminal", () => {
  it("reads the configuration again while the terminal is there, and ends the program when it hangs up", async () => {
    const folder = mkdtempSync(join(tmpdir(), "wallwatch-reload-"));
    const log = join(folder, "alerts.ndjson");
    const config = join(folder, "wallwatch.toml");
    writeFileSync(config, `log.path = "${log}"\n${ONLY_RULE_111}`, { mode: 0o600 });
    const [stderr, status] = [join(folder, "stderr"), join(folder, "status")];
    // The pseudoterminal's other end is script's: when that is gone, the terminal has hung up. The shell has to outlive it.
    const command = `trap '' HUP; '${process.execPath}' '${MAIN}' run --config '${config}' 2>'${stderr}'; echo "ended with $?" >'${status}'`;
    const terminal = spawn("script", ["-qec", command, "/dev/null"], {
      stdio: ["pipe", "ignore", "inherit"],
      env: { ...process.env, TERM: "xterm" },
    });
    const lines = new Stream<string>();
    const stopFollowing = [stderr, status].map((path) => followLines(path, (line) => lines.push(line)));
    try {
      await lines.first((line) => line.includes("watching"), "sign that it watches");
      const pid = Number.parseInt(readlinkSync(`${log}.lock`), 10);
      process.kill(pid, "SIGHUP");
      await lines.first((line) => line.includes("read again"), "word of the reload");
      terminal.kill("SIGKILL");
      await lines.first((line) => line.includes("stopped after"), "last words");
      assert.equal(await lines.first((line) => line.startsWith("ended with"), "its end"), "ended with 0");
    } finally {
      terminal.kill("SIGKILL");
      stopFollowing.forEach((stop) => stop());
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
