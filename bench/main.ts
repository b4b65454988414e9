// npm run bench -- capture|latency|cost|rules|log|ship [--smoke] [--execs N] [--json FILE]
import { parseArgs } from "node:util";

import { benchCapture } from "./capture.js";
import { benchCost } from "./cost.js";
import { benchLatency } from "./latency.js";
import { benchLog } from "./log_writer.js";
import { print, type Report } from "./report.js";
import { benchRules } from "./rules.js";
import { SERVER_RELEASES } from "../test/servers/releases.js";
import { benchShip } from "./ship.js";

const USAGE = `usage: npm run bench -- capture|latency|cost|rules|log|ship [--smoke] [--execs N] [--json FILE]

  capture   1,000,000 instantly exiting processes from four spawners: share caught, slowdown; auditd, bpftrace, forkstat beside it
  latency   from execve to the alert's line being on disk
  cost      CPU at 100 and 1000 exec/s; memory over many execs
  rules     what rules cost, live and in replay; memory of a rule; PyPI's eql beside it. Needs no root
  log       lines per second of the alert log, beside plain append and fdatasync of the same bytes. Needs no root
  ship      100,000 alerts that wait in the log into each server of "npm run servers": alerts a second, CPU and memory of the agent

  --smoke   a few seconds only: does it work? Its figures mean little, so limits that they miss are no failure
  --execs N capture: execs in all; cost: execs of the long run (default 300,000; the target is 10,000,000)
  --json FILE  the figures as JSON into FILE instead of onto standard output`;

const ROUND = 50_000;

interface Options {
  readonly smoke: boolean;
  readonly execs: number | undefined;
}

const BENCHES: Readonly<Record<string, (options: Options) => Promise<Report>>> = {
  capture: ({ smoke, execs = 1_000_000 }) =>
    smoke
      ? benchCapture({ execs: 2000, rounds: 2, otherRounds: 1 })
      : benchCapture({ execs: ROUND, rounds: Math.ceil(execs / ROUND), otherRounds: 5 }),
  latency: ({ smoke }) => benchLatency(smoke ? { alerts: 20, interval: 50 } : { alerts: 500, interval: 100 }),
  cost: ({ smoke, execs = 300_000 }) =>
    smoke ? benchCost({ seconds: 2, execs: 5000 }) : benchCost({ seconds: 60, execs }),
  log: ({ smoke }) => benchLog(smoke ? { lines: 300, rounds: 1 } : { lines: 5000, rounds: 5 }),
  rules: ({ smoke }) => benchRules(smoke ? { events: 2000, rounds: 3 } : { events: 20_000, rounds: 7 }),
  ship: ({ smoke }) =>
    benchShip(
      smoke
        ? { alerts: 5000, servers: ["elasticsearch-9"] }
        : { alerts: 100_000, servers: SERVER_RELEASES.map(({ name }) => name) },
    ),
};
/** The others watch real execs. */
const NEEDS_NO_ROOT: ReadonlySet<string> = new Set(["log", "rules"]);

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { smoke: { type: "boolean", default: false }, execs: { type: "string" }, json: { type: "string" } },
});
const bench = BENCHES[positionals[0] ?? ""];
const execs = values.execs === undefined ? undefined : Number(values.execs);
if (bench === undefined || positionals.length !== 1 || (execs !== undefined && !(execs > 0))) {
  console.error(USAGE);
  process.exit(64);
}
if (process.geteuid?.() !== 0 && !NEEDS_NO_ROOT.has(positionals[0] ?? "")) {
  console.error("The bench watches real execs, so it must be run as root.");
  process.exit(77);
}
const report = await bench({ smoke: values.smoke, execs });
print(report, values.json);
const missed = report.targets.filter(({ kept, always }) => !kept && (always || !values.smoke));
process.exitCode = missed.length === 0 ? 0 : 1;
