import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";

import { UnavailableError } from "../test/servers/cache.js";
import { Cluster } from "../test/servers/cluster.js";
import { alertEntry } from "../test/servers/numbered_alerts.js";
import { serverRelease } from "../test/servers/releases.js";
import { ROOT } from "../test/support/programs.js";
import { cpuSeconds, residentMegabytes } from "./process.js";
import { atMost, exactly, type Report } from "./report.js";

/** MB. */
const RSS_LIMIT = 80;
const STREAM = "logs-wallwatch.bench";
const LOOK_EVERY = 200;
/** ms. */
const PATIENCE = 600_000;

export interface ShipOptions {
  /** Alerts in the log. */
  readonly alerts: number;
  readonly servers: readonly string[];
}

/** A log that nobody has sent yet, into a real server: how fast, and what it takes of the agent. */
export async function benchShip({ alerts, servers }: ShipOptions): Promise<Report> {
  const rows: Report["rows"][number][] = [];
  const targets: Report["targets"][number][] = [];
  const absent: string[] = [];
  for (const name of servers) {
    try {
      const { seconds, cpu, rss, arrived } = await shipTo(name, alerts);
      rows.push({
        server: name,
        alerts,
        seconds,
        "alerts/s": alerts / seconds,
        "CPU % of a core": (100 * cpu) / seconds,
        "CPU µs per alert": (1e6 * cpu) / alerts,
        "most RSS MB": rss,
      });
      targets.push(exactly(`alerts in ${name}`, arrived, alerts), atMost(`RSS in MB, ${name}`, rss, RSS_LIMIT));
    } catch (error) {
      if (!(error instanceof UnavailableError)) throw error;
      absent.push(`${name}: ${error.message}`);
    }
  }
  const method =
    "`wallwatch run` with a log that lay there before its start, into a server on the same machine, gzip on loopback";
  return { bench: "ship", method, rows, targets, absent };
}

async function shipTo(
  name: string,
  alerts: number,
): Promise<{ seconds: number; cpu: number; rss: number; arrived: number }> {
  const cluster = await Cluster.start({ release: serverRelease(name) });
  const folder = mkdtempSync(join(tmpdir(), "wallwatch-bench-ship-"));
  try {
    await installTemplate(cluster);
    writeLog(folder, alerts);
    mkdirSync(join(folder, "state"), { mode: 0o750 });
    const config = join(folder, "wallwatch.toml");
    const text = `log.path = "${join(folder, "alerts.ndjson")}"
state.path = "${join(folder, "state")}"
[sinks.bench]
type = "${cluster.release.product}"
hosts = ${JSON.stringify(cluster.urls)}
alert_stream = "${STREAM}"
health = false
`;
    writeFileSync(config, text, { mode: 0o600 });
    const begin = performance.now();
    const agent = spawn(process.execPath, [join(ROOT, "dist", "src", "main.js"), "run", "--config", config], {
      // As by its own first line, which starting it by way of node passes over.
      env: { ...process.env, MALLOC_ARENA_MAX: "1" },
      stdio: ["ignore", "ignore", "inherit"],
    });
    try {
      const { arrived, rss } = await follow(agent, cluster, alerts);
      const seconds = (performance.now() - begin) / 1000;
      return { seconds, cpu: cpuSeconds(agent.pid ?? 0), rss, arrived };
    } finally {
      const ended = once(agent, "exit");
      if (agent.exitCode === null && agent.kill()) await ended;
    }
  } finally {
    await cluster.remove();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Waits until all has arrived. @returns what had, and the most memory of the agent in MB */
async function follow(
  agent: ChildProcess,
  cluster: Cluster,
  alerts: number,
): Promise<{ arrived: number; rss: number }> {
  const deadline = performance.now() + PATIENCE;
  let rss = 0;
  let arrived = 0;
  while (arrived < alerts && performance.now() < deadline) {
    await delay(LOOK_EVERY);
    if (agent.exitCode !== null) throw new Error(`wallwatch run has ended with ${agent.exitCode}`);
    rss = Math.max(rss, residentMegabytes(agent.pid ?? 0));
    arrived = await countOf(cluster);
  }
  return { arrived, rss };
}

async function installTemplate(cluster: Cluster): Promise<void> {
  await cluster.client().json("PUT", "/_index_template/bench", {
    index_patterns: [STREAM],
    priority: 500,
    data_stream: {},
    template: {
      settings: { number_of_replicas: 0 },
      mappings: { dynamic: false, properties: { event: { properties: { sequence: { type: "long" } } } } },
    },
  });
}

/** As many alerts as an outage leaves, in one segment. */
function writeLog(folder: string, alerts: number): void {
  const path = join(folder, "alerts.ndjson");
  writeFileSync(path, "", { mode: 0o640 });
  const chunk = 5000;
  for (let first = 1; first <= alerts; first += chunk) {
    const numbers = Array.from({ length: Math.min(chunk, alerts - first + 1) }, (_, index) => first + index);
    writeFileSync(path, Buffer.concat(numbers.map((number) => alertEntry(number).line)), { flag: "a" });
  }
}

/** By the server's own count. Real alerts that this host raises meanwhile have no number. */
async function countOf(cluster: Cluster): Promise<number> {
  const { status, text } = await cluster
    .client()
    .send("POST", `/${STREAM}/_count`, { query: { exists: { field: "event.sequence" } } });
  return status === 200 ? (JSON.parse(text) as { count: number }).count : 0;
}
