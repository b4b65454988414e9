import type { AgentEvents } from "../agent/agent.js";
import type { LossReason } from "../capture/loss.js";
import type { Detection } from "../detect/detector.js";
import { textOf } from "../detect/document.js";
import type { Severity } from "../rules/rule.js";

/** Incidents that are remembered, so as to count each once; one lasts minutes. */
const REMEMBERED_INCIDENTS = 4096;
/** ms over which a rate is reckoned. */
const RATE_WINDOW = 60_000;

/** What capture lost for one reason. */
export interface LossCount {
  readonly count: number;
  /** ms since 1970, of the last one. */
  readonly last: number;
}

/** The disk refuses the log. */
export interface Outage {
  /** ms since 1970. */
  readonly since: number;
  readonly reason: string;
}

/** Counts what an agent tells, from its start on. */
export class Counters {
  readonly losses = new Map<LossReason, LossCount>();
  readonly alerts: Record<Severity, number> = { low: 0, medium: 0, high: 0, critical: 0 };
  /** Matches that the cap held back. */
  capped = 0;
  /** Alerts whose rule's answer hangs on what could not be read. */
  undecided = 0;
  incidents = 0;
  /** Lines that are on disk. */
  committedLines = 0;
  committedBytes = 0;
  /** Lines that had no room in memory while the disk refused them. */
  forcedOut = 0;
  /** Lines that were deleted before every reader had them. */
  discarded = 0;
  outage: Outage | undefined;
  readonly #incidents = new Set<string>();
  #samples: { readonly at: number; readonly execs: number }[] = [];

  /** What the agent is to tell: these counters, and then `events`. */
  listen(events: AgentEvents): AgentEvents {
    return {
      ...events,
      detected: (detection) => {
        this.#count(detection);
        events.detected?.(detection);
      },
      lost: (loss) => {
        const { count = 0 } = this.losses.get(loss.reason) ?? {};
        this.losses.set(loss.reason, { count: count + loss.count, last: loss.until.getTime() });
        events.lost?.(loss);
      },
      committed: (entries) => {
        this.committedLines += entries.length;
        for (const { line } of entries) this.committedBytes += line.length;
        events.committed?.(entries);
      },
      outage: (error, waiting) => {
        const reason = error instanceof Error ? error.message : String(error);
        this.outage = { since: this.outage?.since ?? Date.now(), reason };
        events.outage?.(error, waiting);
      },
      recovered: () => {
        this.outage = undefined;
        events.recovered?.();
      },
      forcedOut: (lines) => {
        this.forcedOut += lines.lines;
        events.forcedOut?.(lines);
      },
      discarded: (lines) => {
        this.discarded += lines.lines;
        events.discarded?.(lines);
      },
    };
  }

  /** To be called every few seconds. @param now ms of a clock that does not step */
  sample(execs: number, now: number): void {
    this.#samples.push({ at: now, execs });
    const from = this.#samples.findLastIndex(({ at }) => at <= now - RATE_WINDOW);
    if (from > 0) this.#samples = this.#samples.slice(from);
  }

  /** Execs per second over the last minute, or since the start. */
  rate(execs: number, now: number): number {
    const [first] = this.#samples;
    return first === undefined || now <= first.at ? 0 : ((execs - first.execs) / (now - first.at)) * 1000;
  }

  #count(detection: Detection): void {
    if (detection.kind === "capped") this.capped++;
    if (detection.kind === "alert") {
      this.alerts[detection.rule.severity]++;
      if (textOf(detection.document, "event.outcome") === "unknown") this.undecided++;
    }
    if (detection.kind === "alert" || detection.kind === "capped") this.#countIncident(detection.incidentId);
  }

  #countIncident(id: string): void {
    if (!this.#incidents.delete(id)) this.incidents++;
    this.#incidents.add(id);
    for (const oldest of this.#incidents) {
      if (this.#incidents.size <= REMEMBERED_INCIDENTS) break;
      this.#incidents.delete(oldest);
    }
  }
}
