import type { Agent } from "../agent/agent.js";
import type { Config } from "../config/schema.js";
import type { Severity } from "../rules/rule.js";
import type { SinkStatus } from "../ship/start.js";
import { packageVersion } from "../version.js";
import type { CanaryState, CaptureCounts, LaneProblem, Started } from "../watch.js";
import type { Counters, LossCount, Outage } from "./counters.js";
import { degradations } from "./degradations.js";

/** A running agent at one moment: what `wallwatch status --json` prints. Times are ms since 1970, sizes bytes. */
export interface Snapshot {
  readonly version: string;
  readonly pid: number;
  readonly host: string;
  readonly time: number;
  readonly started: number;
  /** False where one of the reasons is there. */
  readonly healthy: boolean;
  /** Whole sentences. */
  readonly degraded: readonly string[];
  readonly lane: Started["lane"];
  /** Whether the configuration asks for it, or the host gives no better. */
  readonly laneWanted: Config["capture"]["lane"];
  readonly whyNotKernel: LaneProblem | null;
  readonly libbpf: NonNullable<Started["libbpf"]> | null;
  readonly realtimePriority: boolean;
  readonly execs: number;
  /** Over the last minute. */
  readonly execsPerSecond: number;
  readonly rules: { readonly live: number; readonly loaded: number; readonly broken: number };
  /** All, whether an alert came of them or not. */
  readonly matches: number;
  /** Alerts on disk. */
  readonly alerts: number;
  readonly alertsBySeverity: Readonly<Record<Severity, number>>;
  readonly undecided: number;
  readonly incidents: number;
  /** `alerts`: per rule and window, null where each rule has its own number; `held`: matches that became no alert. */
  readonly cap: { readonly alerts: number | null; readonly window: number; readonly held: number };
  readonly exceptions: { readonly configured: number; readonly matches: number };
  /** By reason: see src/capture/loss.ts. */
  readonly losses: Readonly<Record<string, LossCount>>;
  readonly log: {
    readonly path: string;
    readonly size: number;
    readonly disk: number;
    readonly waiting: { readonly lines: number; readonly bytes: number };
    readonly outage: Outage | null;
    readonly written: { readonly lines: number; readonly bytes: number };
    readonly forcedOut: number;
    readonly discarded: number;
  };
  readonly sinks: readonly SinkStatus[];
  readonly memory: { readonly rss: number; readonly heap: number; readonly table: number };
  readonly canary:
    (Omit<CanaryState, "lastSeen"> & { readonly lastSeen: number | null; readonly every: number }) | null;
  readonly capture: CaptureCounts;
}

/** A snapshot before it is judged. */
export type SnapshotFacts = Omit<Snapshot, "healthy" | "degraded">;

/** What a snapshot is made of. */
export interface SnapshotParts {
  readonly agent: Agent;
  readonly config: Config;
  readonly counters: Counters;
  /** ms since 1970. */
  readonly started: number;
  /** What else is not as it should be: whole sentences. */
  readonly faults: readonly string[];
}

export function takeSnapshot({ agent, config, counters, started, faults }: SnapshotParts): Snapshot {
  const { stats, rules, watched } = agent;
  const { lane, whyNotKernel, libbpf, realtimePriority } = agent.started;
  const { canary } = watched;
  const { rss, heapUsed } = process.memoryUsage();
  const snapshot: SnapshotFacts = {
    version: packageVersion(),
    pid: process.pid,
    host: agent.host.facts.name,
    time: Date.now(),
    started,
    lane,
    laneWanted: config.capture.lane,
    whyNotKernel: whyNotKernel ?? null,
    libbpf: libbpf ?? null,
    realtimePriority,
    execs: stats.execs,
    execsPerSecond: counters.rate(stats.execs, performance.now()),
    rules: { live: rules.live.length, loaded: rules.rules.length, broken: rules.problems.length },
    matches: stats.matches,
    alerts: stats.raised,
    alertsBySeverity: counters.alerts,
    undecided: counters.undecided,
    incidents: counters.incidents,
    cap: { alerts: agent.config.cap.alerts ?? null, window: agent.config.cap.window, held: counters.capped },
    exceptions: { configured: agent.config.exceptions.length, matches: stats.excepted },
    losses: Object.fromEntries(counters.losses),
    log: {
      path: config.log.path,
      size: stats.log.bytes,
      disk: config.log.disk,
      waiting: { lines: stats.waiting.lines, bytes: stats.waiting.bytes },
      outage: counters.outage ?? null,
      written: { lines: counters.committedLines, bytes: counters.committedBytes },
      forcedOut: counters.forcedOut,
      discarded: counters.discarded,
    },
    sinks: agent.sinks,
    memory: { rss, heap: heapUsed, table: watched.table.bytes },
    canary: canary
      ? { ...canary, lastSeen: canary.lastSeen?.getTime() ?? null, every: config.capture.canary_interval }
      : null,
    capture: watched.capture,
  };
  const degraded = [...faults, ...degradations(snapshot)];
  return { ...snapshot, healthy: degraded.length === 0, degraded };
}
