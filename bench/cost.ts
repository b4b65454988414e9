import { setTimeout as wait } from "node:timers/promises";

import { Agent } from "../test/support/agent.js";
import { cpuSeconds, residentMegabytes } from "./process.js";
import { atMost, type Report, type Row } from "./report.js";
import { median } from "./statistics.js";
import { runStorm } from "./storm.js";

const RATES = [0, 100, 1000] as const;
const CPU_LIMIT = 3;
const RSS_LIMIT = 80;
/** By how much memory may grow from the first to the last third of the long run and still be called flat. */
const GROWTH_LIMIT = 5;

export interface CostOptions {
  /** Seconds at each rate. */
  readonly seconds: number;
  /** Execs of the long run in which memory must stay flat. */
  readonly execs: number;
}

/** What the whole agent takes of the machine; the filter runs in those who exec, and is in the capture bench's slowdown. */
export async function benchCost({ seconds, execs }: CostOptions): Promise<Report> {
  const agent = await Agent.start();
  try {
    const rows: Row[] = [];
    let busiest = 0;
    for (const rate of RATES) {
      const cpu = await cpuAt(agent.pid, rate, seconds);
      busiest = Math.max(busiest, cpu);
      rows.push({
        what: `${rate} exec/s for ${seconds} s`,
        "CPU % of a core": cpu,
        "RSS MB": residentMegabytes(agent.pid),
      });
    }
    const samples = await residentDuring(agent.pid, execs);
    const third = Math.ceil(samples.length / 3);
    const growth = median(samples.slice(-third)) - median(samples.slice(0, third));
    const most = Math.max(...samples);
    rows.push({
      what: `${execs} execs as fast as they go`,
      "RSS MB": median(samples.slice(-third)),
      "most MB": most,
      "growth MB": growth,
    });
    return {
      bench: "cost",
      method: "CPU time and resident memory of `wallwatch run` with the shipped rules",
      rows,
      targets: [
        atMost("CPU % of a core at 1000 exec/s", busiest, CPU_LIMIT),
        atMost("RSS in MB", most, RSS_LIMIT),
        atMost(`growth of RSS in MB over ${execs} execs, last third against first`, growth, GROWTH_LIMIT),
      ],
      absent: [],
    };
  } finally {
    await agent.stop();
    agent.remove();
  }
}

async function cpuAt(pid: number, rate: number, seconds: number): Promise<number> {
  const before = cpuSeconds(pid);
  const begin = performance.now();
  await (rate === 0 ? wait(seconds * 1000) : runStorm({ execs: rate * seconds, rate }));
  return (100 * (cpuSeconds(pid) - before)) / ((performance.now() - begin) / 1000);
}

/** RSS in MB, five times a second, while a storm runs. */
async function residentDuring(pid: number, execs: number): Promise<number[]> {
  const samples: number[] = [];
  const timer = setInterval(() => samples.push(residentMegabytes(pid)), 200);
  try {
    await runStorm({ execs, spawners: 4 });
  } finally {
    clearInterval(timer);
  }
  return [...samples, residentMegabytes(pid)];
}
