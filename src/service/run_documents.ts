import { nested, type NestedDocument } from "../detect/document.js";
import type { HealthReport } from "../detect/health.js";
import { present } from "../detect/origin.js";
import type { EndOfRun, Ending, Gap } from "./last_run.js";
import type { StopCause, StopReason } from "./stop_cause.js";

/** A health document, and how loud it is. */
export interface RunReport extends HealthReport {
  readonly level: "info" | "warn";
}

/** What is told of a run. */
export interface RunFacts {
  /** Tells it from every other one, on any host. */
  readonly run: string;
  readonly version: string;
  readonly lane: string;
  /** ms since 1970. */
  readonly started: number;
}

const ENDED: Readonly<Record<Ending, string>> = {
  first: "There is no record of an earlier run",
  orderly: "The last run was stopped",
  failed: "The last run failed",
  killed: "The last run was killed without a word",
  hang: "The last run stood still",
  crash: "The last run crashed",
  "out-of-memory": "The last run was killed for want of memory",
  "host-down": "The host went down without stopping the last run",
};

/** "agent-started": it watches again, how the last run ended, and since when nobody watched. */
export function startedReport(end: EndOfRun, { run, version, lane }: RunFacts, now: number): RunReport {
  const { ending, detail, gap, isExpected } = end;
  const why = detail === undefined ? "" : ` (${detail})`;
  const unwatched = gap === undefined ? "" : ` Nothing was watched for ${gapText(gap)}.`;
  return {
    level: isExpected ? "info" : "warn",
    action: "agent-started",
    message: `wallwatch watches this host. ${ENDED[ending]}${why}.${unwatched}`,
    from: gap?.from ?? now,
    until: now,
    identity: [run, now],
    details: {
      started: present({
        version,
        lane,
        last_run: present({ ended: ending, reason: detail, expected: isExpected }),
        gap: gap && { ms: gap.until - gap.from, start: iso(gap.from), end: iso(gap.until), exact: gap.isExact },
      }),
    },
  };
}

function gapText({ from, until, isExact }: Gap): string {
  const seconds = Math.max(0, until - from) / 1000;
  return `${isExact ? "" : "at most "}${seconds < 100 ? seconds.toFixed(1) : Math.round(seconds)} s`;
}

const STOPPED: Readonly<Record<StopReason, string>> = {
  shutdown: "The host goes down",
  upgrade: "The package is being upgraded",
  removal: "The package is being removed",
  stop: "It was stopped by a command",
  restart: "It is being restarted by a command",
  terminal: "It was ended at its terminal",
  signal: "It was told to end, and no exec that was seen explains it",
  fault: "It ends by a fault of its own",
};

/** "agent-stopped": this host is not watched any more; why, and whose command it was, as far as that can be inferred. */
export function stoppedReport(
  cause: StopCause,
  signal: string | undefined,
  { run, started }: Pick<RunFacts, "run" | "started">,
  now: number,
): RunReport {
  const { reason, isExpected, by } = cause;
  const { fields = {}, time = now } = by ?? {};
  const who = whoText(fields);
  const command =
    by &&
    ` "${String(fields["process.command_line"] ?? by.name)}" was executed${who} ${((now - time) / 1000).toFixed(1)} s before (inferred).`;
  return {
    level: isExpected ? "info" : "warn",
    action: "agent-stopped",
    message: `wallwatch watches this host no more. ${STOPPED[reason]}.${command ?? ""}`,
    from: started,
    until: now,
    identity: [run, now],
    details: {
      stopped: present({
        reason,
        expected: isExpected,
        signal,
        inferred: by && { ...nested(fields), "@timestamp": iso(time) },
      }),
    } satisfies NestedDocument,
  };
}

function whoText(fields: Readonly<Record<string, string | number>>): string {
  const user = fields["user.name"] ?? fields["user.id"];
  if (user === undefined) return "";
  const login = fields["wallwatch.login.user.name"] ?? fields["wallwatch.login.user.id"];
  const ip = fields["source.ip"];
  const session = login === undefined ? "" : ` (logged in as ${login}${ip === undefined ? "" : ` from ${ip}`})`;
  return ` by ${user}${session}`;
}

function iso(time: number): string {
  return new Date(time).toISOString();
}
