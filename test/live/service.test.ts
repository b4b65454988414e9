import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { get } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { promisify } from "node:util";

import { EXIT } from "../../src/cli/exit.js";
import type { RunRecord } from "../../src/service/run_record.js";
import type { Snapshot } from "../../src/status/snapshot.js";
import { NotifyListener } from "../service/notify_listener.js";
import { parseExposition } from "../metrics/parse.js";
import { Agent, field, type Alert } from "../support/agent.js";
import { describeLive } from "../support/live.js";
import { USUAL } from "../support/patience.js";
import { compileProgram, ROOT } from "../support/programs.js";
import { StandIns } from "../support/stand_ins.js";

/** @returns exit code, and what it printed */
function wallwatch(...args: readonly string[]): Promise<[code: number, stdout: string]> {
  return new Promise((resolve) => {
    const main = join(ROOT, "dist", "src", "main.js");
    const child = execFile(process.execPath, [main, ...args], (_, stdout) => resolve([child.exitCode ?? -1, stdout]));
  });
}

/** Asks again and again: a line is in the log shortly before it is synced, and only then its alert counts. */
async function eventually<T>(what: string, ask: () => Promise<T>, isWanted: (answer: T) => boolean): Promise<T> {
  const end = performance.now() + USUAL;
  for (;;) {
    const answer = await ask();
    if (isWanted(answer)) return answer;
    if (performance.now() > end) assert.fail(`no ${what} within ${USUAL} ms`);
    await delay(50);
  }
}

/** What is served at a socket. */
async function metricsAt(socketPath: string): Promise<string> {
  return await new Promise((resolve, reject) => {
    const asked = get({ socketPath, path: "/metrics", agent: false }, (response) => {
      let text = "";
      response.setEncoding("utf8");
      response.on("data", (chunk: string) => (text += chunk));
      response.on("end", () => resolve(text));
    });
    asked.on("error", reject);
  });
}

/** A health document that an agent has written; "agent-started" comes when all of the service is there. */
function healthOf(
  agent: Agent,
  action: string,
  wanted: (document: Alert) => boolean = () => true,
  timeout = USUAL,
): Promise<Alert> {
  const isWanted = (document: Alert): boolean => field(document, "event.action") === action && wanted(document);
  return agent.alerts.first(isWanted, action, timeout);
}

function readLines(path: string): Alert[] {
  const lines = readFileSync(path, "utf8").trimEnd().split("\n");
  return lines.map((line) => JSON.parse(line) as Alert);
}

describeLive("the agent under a service manager", () => {
  let folder: string;
  let manager: NotifyListener;
  let standIns: StandIns;
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), "wallwatch-service-"));
    standIns = new StandIns("kernel");
    standIns.program("kill");
    manager = await NotifyListener.start(join(folder, "notify"));
  });
  afterEach(async () => {
    await manager.stop();
    standIns.remove();
    rmSync(folder, { recursive: true });
  });

  it("says when it watches, that it lives, what it has seen, and that it ends", async () => {
    const agent = await Agent.start({
      folder,
      env: { NOTIFY_SOCKET: join(folder, "notify"), WATCHDOG_USEC: "1500000" },
    });
    const heard = manager.heard;
    try {
      const ready = await heard.first((line) => line.includes("READY=1"), "word that it watches");
      assert.match(
        ready,
        new RegExp(`^${agent.pid} READY=1\\|STATUS=\\d+ execs, \\d+ alerts; (kernel|proc) lane, \\d+ rules$`),
      );
      assert.equal(heard.items[1], ready);
      await agent.fence();
      const from = heard.items.length;
      await heard.first((line) => line.endsWith("WATCHDOG=1"), "word that it lives", undefined, from);
      await heard.first((line) => /STATUS=\d+ execs, [1-9]\d* alerts/.test(line), "status with the alert");
    } finally {
      assert.equal(await agent.stop(), EXIT.ok);
    }
    await heard.first((line) => line.includes("STOPPING=1"), "word that it ends");
    assert.ok(heard.items.slice(1).every((line) => line.startsWith(`${agent.pid} `)));
  });

  it("answers who asks how it does", async () => {
    const agent = await Agent.start({ folder });
    try {
      await healthOf(agent, "agent-started");
      await agent.fence();
      const socket = ["--config", join(folder, "wallwatch.toml")];
      const ask = async (): Promise<readonly [code: number, snapshot: Snapshot]> => {
        const [exitCode, text] = await wallwatch("status", "--json", ...socket);
        return [exitCode, JSON.parse(text) as Snapshot];
      };
      const [code, snapshot] = await eventually("alert in the status", ask, ([, { alerts }]) => alerts >= 1);
      assert.equal(code, snapshot.healthy ? EXIT.ok : EXIT.failure);
      assert.equal(snapshot.pid, agent.pid);
      assert.ok(snapshot.incidents >= 1);
      assert.ok(snapshot.execs > 0 && snapshot.memory.rss > 0 && snapshot.rules.live > 0);
      assert.ok(snapshot.log.written.lines >= 2 && snapshot.log.size > 0);
      assert.match((await wallwatch("status", ...socket))[1], /^wallwatch \S+ on .+: (healthy|degraded)\n/);
    } finally {
      assert.equal(await agent.stop(), EXIT.ok);
    }
    assert.ok(!existsSync(join(folder, "status.sock")));
  });

  it("tells Prometheus the same, at a socket, and says where it cannot", async () => {
    const path = join(folder, "metrics.sock");
    const agent = await Agent.start({ folder, config: `[metrics]\nlisten = "${path}"\n` });
    await healthOf(agent, "agent-started");
    const other = join(folder, "other");
    mkdirSync(other);
    writeFileSync(join(folder, "file"), "");
    const second = await Agent.start({ folder: other, config: `[metrics]\nlisten = "${folder}/file/metrics"\n` });
    try {
      await agent.fence();
      await second.diagnostics.first((line) => line.includes("metrics are not served"), "word of the missing metrics");
      const { samples } = await eventually(
        "alert among the metrics",
        async () => parseExposition(await metricsAt(path)),
        (metrics) => (metrics.samples.get('wallwatch_alerts_total{severity="low"}') ?? 0) >= 1,
      );
      assert.ok((samples.get("wallwatch_execs_total") ?? 0) > 0);
      await healthOf(second, "agent-started");
      const [code, text] = await wallwatch("status", "--socket", join(other, "status.sock"));
      assert.equal(code, EXIT.failure);
      assert.match(text, /! Metrics are not served: /);
    } finally {
      assert.equal(await agent.stop(), EXIT.ok);
      assert.equal(await second.stop(), EXIT.ok);
    }
    assert.ok(!existsSync(path));
  });

  it("says more of its own work when told so", async () => {
    const agent = await Agent.start({ folder });
    try {
      await healthOf(agent, "agent-started");
      const config = ["--config", join(folder, "wallwatch.toml")];
      assert.deepEqual(await wallwatch("log-level", ...config, "error"), [EXIT.ok, ""]);
      assert.equal(await agent.stop(), EXIT.ok);
      assert.ok(!agent.diagnostics.items.some((line) => line.includes("stopped after")));
    } finally {
      agent.process.kill("SIGKILL");
    }
  });

  it("watches where nobody can ask it, and says so once", async () => {
    writeFileSync(join(folder, "file"), "");
    const agent = await Agent.start({ folder, status: join(folder, "file", "socket") });
    await agent.fence();
    assert.equal(await agent.stop(), EXIT.ok);
    const told = agent.diagnostics.items.filter((line) => line.includes("will get no answer"));
    assert.equal(told.length, 1);
  });

  it("says at its end who stopped it, and at the next start since when nobody watched", async () => {
    const first = await Agent.start({ folder });
    const beginning = await healthOf(first, "agent-started");
    assert.equal(field(beginning, "wallwatch.started.last_run.ended"), "first");
    await first.fence();
    await standIns.run("kill", "-TERM", String(first.pid));
    assert.equal(await first.stop(), EXIT.ok);
    const end = readLines(first.log).at(-1) ?? {};
    assert.equal(field(end, "event.action"), "agent-stopped");
    assert.equal(field(end, "log.level"), "warn");
    assert.equal(field(end, "wallwatch.stopped.reason"), "stop");
    assert.equal(field(end, "wallwatch.stopped.signal"), "SIGTERM");
    assert.equal(
      field(end, "wallwatch.stopped.inferred.process.command_line"),
      `${standIns.path("kill")} -TERM ${first.pid}`,
    );
    assert.equal(field(end, "wallwatch.stopped.inferred.user.name"), "root");

    const second = await Agent.start({ folder });
    const start = await healthOf(
      second,
      "agent-started",
      (document) => field(document, "wallwatch.started.gap.ms") !== undefined,
    );
    assert.equal(field(start, "wallwatch.started.last_run.ended"), "orderly");
    assert.equal(field(start, "wallwatch.started.last_run.reason"), "stop");
    assert.equal(field(start, "wallwatch.started.gap.exact"), true);
    const stopped = Date.parse(String(field(end, "event.end")));
    const from = Date.parse(String(field(start, "wallwatch.started.gap.start")));
    assert.ok(from >= stopped && from - stopped < 60_000, `${from - stopped} ms`);
    assert.equal(await second.stop("SIGINT"), EXIT.ok);
    assert.equal(field(readLines(first.log).at(-1) ?? {}, "wallwatch.stopped.reason"), "terminal");
  });

  it("tells at the next start that it was killed, and the last sign of life", async () => {
    const first = await Agent.start({ folder });
    await healthOf(first, "agent-started");
    const record = (): RunRecord => JSON.parse(readFileSync(join(folder, "state", "run.json"), "utf8")) as RunRecord;
    assert.equal(record().pid, first.pid);
    assert.equal(await first.stop("SIGKILL"), "SIGKILL");
    const { alive, end } = record();
    assert.equal(end, undefined);
    const second = await Agent.start({ folder });
    const start = await healthOf(
      second,
      "agent-started",
      (document) => field(document, "wallwatch.started.gap.ms") !== undefined,
    );
    assert.equal(field(start, "wallwatch.started.last_run.ended"), "killed");
    assert.equal(field(start, "wallwatch.started.gap.start"), new Date(alive).toISOString());
    assert.equal(field(start, "wallwatch.started.gap.exact"), false);
    assert.equal(field(start, "log.level"), "warn");
    assert.equal(await second.stop(), EXIT.ok);
  });

  it("tells that it sees nothing any more, where somebody puts another filter on its socket", async () => {
    const agent = await Agent.start({ folder, config: 'capture.canary_interval = "5s"\n' });
    try {
      await healthOf(agent, "agent-started");
      const { stdout } = await promisify(execFile)(compileProgram("test/programs/deafener.cc"), [String(agent.pid)]);
      assert.ok(Number(stdout) > 0);
      const isMissed = (document: Alert): boolean => field(document, "wallwatch.loss.reason") === "canary_missed";
      await healthOf(agent, "capture-loss", isMissed, 3 * USUAL);
      const [code, text] = await wallwatch("status", "--config", join(folder, "wallwatch.toml"));
      assert.equal(code, EXIT.failure);
      assert.match(text, /! Events were lost in the last ten minutes \(canary_missed/);
    } finally {
      assert.equal(await agent.stop(), EXIT.ok);
    }
  });

  it("keeps no record where another one does, and watches all the same", async () => {
    const first = await Agent.start({ folder });
    await healthOf(first, "agent-started");
    const other = join(folder, "other");
    mkdirSync(other);
    const second = await Agent.start({ folder: other, state: join(folder, "state") });
    await second.diagnostics.first((line) => line.includes("keeps its state in"), "word of the other one");
    await second.fence();
    assert.equal(await second.stop(), EXIT.ok);
    assert.equal(await first.stop(), EXIT.ok);
  });

  it("is not ready, and says nothing, where it cannot watch", async () => {
    await assert.rejects(
      Agent.start({ folder, env: { NOTIFY_SOCKET: join(folder, "notify") }, config: "[rules]\nshipped = false\n" }),
      /ended with 78/,
    );
    assert.deepEqual(manager.heard.items, ["listening"]);
  });
});
