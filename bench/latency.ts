import { execFile } from "node:child_process";
import {
  closeSync,
  copyFileSync,
  fdatasyncSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { promisify } from "node:util";

import { Agent, field } from "../test/support/agent.js";
import { compileProgram, ROOT } from "../test/support/programs.js";
import { atMost, type Report } from "./report.js";
import { quantile } from "./statistics.js";
import { exitAtOnce } from "./storm.js";

const run = promisify(execFile);

export interface LatencyOptions {
  readonly alerts: number;
  /** ms from one exec to the next: the machine is to be idle in between. */
  readonly interval: number;
}

/** From just before each execve to when its alert was on disk, by the whole agent; and what the disk alone takes. */
export async function benchLatency({ alerts, interval }: LatencyOptions): Promise<Report> {
  const folder = mkdtempSync(join(ROOT, "build", "latency-")); // on a disk: /tmp may be memory
  try {
    const latencies = await alertLatencies(folder, alerts, interval);
    const disk = await diskLatencies(join(folder, "disk"), latencies.lineBytes, alerts, interval);
    const row = (what: string, samples: readonly number[]): Record<string, string | number> => ({
      what,
      "p50 ms": quantile(samples, 0.5),
      "p90 ms": quantile(samples, 0.9),
      "p99 ms": quantile(samples, 0.99),
      "max ms": Math.max(...samples),
    });
    return {
      bench: "latency",
      method: `${alerts} alerts, one every ${interval} ms; from just before execve to the line being synced to disk`,
      rows: [row("execve to line synced", latencies.samples), row("fdatasync of such a line alone", disk)],
      targets: [
        atMost("p50 in ms", quantile(latencies.samples, 0.5), 1),
        atMost("p99 in ms", quantile(latencies.samples, 0.99), 5),
      ],
      absent: [],
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function alertLatencies(
  folder: string,
  count: number,
  interval: number,
): Promise<{ samples: number[]; lineBytes: number }> {
  for (let i = 0; i < count; i++) {
    mkdirSync(join(folder, String(i)));
    copyFileSync(exitAtOnce(), join(folder, String(i), "iptables"));
  }
  const times = join(folder, "times");
  const preload = ["--import", join(ROOT, "dist", "bench", "sync_times.js")];
  const agent = await Agent.start({ node: preload, folder, env: { SYNC_TIMES: times } });
  const { stdout } = await run(compileProgram("bench/stamped_execs.cc"), [String(count), String(interval), folder]);
  await agent.alertFrom(join(folder, String(count - 1)));
  await agent.stop();

  const stamps = (JSON.parse(stdout) as string[]).map(BigInt);
  const syncs = readFileSync(times, "utf8").trimEnd().split("\n").map(parseSync);
  const lines = readFileSync(agent.log, "utf8").trimEnd().split("\n");
  const samples: number[] = [];
  let end = 0;
  for (const line of lines) {
    end += Buffer.byteLength(line) + 1;
    const number = numberOf(line, folder);
    const stamp = number === undefined ? undefined : stamps[number];
    if (stamp === undefined) continue; // somebody else's
    const synced = syncs.find(({ size }) => size >= end);
    if (synced === undefined) throw new Error(`the line that ends at ${end} was never synced`);
    samples.push(Number(synced.time - stamp) / 1e6);
  }
  if (samples.length !== count) throw new Error(`${samples.length} alerts of ${count} execs`);
  return { samples, lineBytes: Math.round(end / lines.length) };
}

function parseSync(line: string): { size: number; time: bigint } {
  const [size = "", time = ""] = line.split(" ");
  return { size: Number(size), time: BigInt(time) };
}

/** Which of the execs a line of the log is about. */
function numberOf(line: string, folder: string): number | undefined {
  const executable = String(field(JSON.parse(line) as Record<string, unknown>, "process.executable"));
  const found = /^\/(\d+)\/iptables$/.exec(executable.startsWith(folder) ? executable.slice(folder.length) : "");
  return found === null ? undefined : Number(found[1]);
}

/** ms that the disk takes for appending and syncing `bytes`, at the same pace. */
async function diskLatencies(path: string, bytes: number, count: number, interval: number): Promise<number[]> {
  const line = Buffer.alloc(bytes, "x");
  const fd = openSync(path, "a");
  const samples: number[] = [];
  for (let i = 0; i < count; i++) {
    const begin = process.hrtime.bigint();
    writeSync(fd, line);
    fdatasyncSync(fd);
    samples.push(Number(process.hrtime.bigint() - begin) / 1e6);
    await wait(interval);
  }
  closeSync(fd);
  return samples;
}
