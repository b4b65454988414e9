// Writes numbered alerts through the alert log and lets the sinks of a configuration send them, as the agent does, until it is
// killed. It goes on after the last alert that the log holds. Its words are lines of JSON on standard output.
import { readFileSync, readdirSync, statSync, writeSync } from "node:fs";
import { dirname, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";

import { loadConfig } from "../../src/config/load.js";
import { AlertLog } from "../../src/log/writer.js";
import type { Delays } from "../../src/ship/backoff.js";
import { Shipper } from "../../src/ship/shipper.js";
import { alertEntry, numbersIn } from "./numbered_alerts.js";

/** What it is told on its command line, as JSON. */
export interface SourceOptions {
  /** The configuration file. */
  readonly config: string;
  /** Alerts in the log at the end. */
  readonly total: number;
  /** Alerts that are appended in one go, and ms until the next go. */
  readonly burst: number;
  readonly pause: number;
  /** ms between two tries. */
  readonly delays?: Delays;
}

/** What it says. */
export interface SourceStatus {
  /** Alerts that it has appended or found in the log. */
  readonly appended: number;
  /** Whether all of them are in the log, and nothing of it waits for the sink. */
  readonly isDone: boolean;
  readonly waiting: number;
  readonly sent: number;
  readonly deadLetters: number;
  readonly retries: number;
  readonly holding: string | undefined;
  readonly lastError: string | undefined;
  /** Bytes, now. */
  readonly rss: number;
}

const TELL_EVERY = 100;
/** ms; the agent's own are longer, and a test has no time for them. */
const DELAYS: Delays = { first: 20, most: 500 };
/** Lines that may wait for the disk. */
const MOST_WAITING = 2000;

function say(status: SourceStatus): void {
  writeSync(1, `${JSON.stringify(status)}\n`);
}

/** The number of the last alert in the log; 0 where there is none. */
function lastNumber(path: string): number {
  const folder = dirname(path);
  const segments = readdirSync(folder)
    .filter((name) => /^alerts.*\.ndjson$/.test(name) && statSync(join(folder, name)).size > 0)
    .sort((a, b) => Number(a === "alerts.ndjson") - Number(b === "alerts.ndjson") || (a < b ? -1 : 1));
  const newest = segments.at(-1);
  return newest === undefined ? 0 : (numbersIn(readFileSync(join(folder, newest))).at(-1) ?? 0);
}

const options = JSON.parse(process.argv[2] ?? "{}") as SourceOptions;
const { config } = await loadConfig(options.config);
const { path, memory, segment_size: segmentSize, segment_age: segmentAge, disk } = config.log;
const log = await AlertLog.open({
  path,
  memory,
  segments: { segmentSize, segmentAge, disk },
  state: config.state.path,
  events: {
    outage: (error) => console.error("outage", error),
    reader: (name, trouble) => console.error("reader", name, trouble),
  },
});
const shipper = await Shipper.open(config, (name) => log.openReader(name), {}, { delays: options.delays ?? DELAYS });
let appended = lastNumber(path);

function tell(): void {
  const [sink] = shipper.status;
  if (sink === undefined) throw new Error("the configuration has no sink");
  const waiting = sink.waiting.lines + log.waiting.lines;
  say({
    appended,
    isDone: appended >= options.total && waiting === 0 && sink.waiting.bytes === 0,
    waiting,
    sent: sink.sent,
    deadLetters: sink.deadLetters,
    retries: sink.retries,
    holding: sink.holding?.reason,
    lastError: sink.lastError?.message,
    rss: process.memoryUsage.rss(),
  });
}

tell();
setInterval(tell, TELL_EVERY);
while (appended < options.total) {
  for (let i = 0; i < options.burst && appended < options.total; i++) log.append(alertEntry(++appended));
  if (log.waiting.lines > MOST_WAITING) await log.drained();
  await delay(options.pause);
}
