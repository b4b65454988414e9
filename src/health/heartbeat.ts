import type { NestedDocument } from "../detect/document.js";
import { healthDocument } from "../detect/health.js";
import type { Origin } from "../detect/origin.js";
import type { Waiting } from "../log/writer.js";
import type { SinkStatus } from "../ship/start.js";

/** What a heartbeat tells: counts since the start, and what waits now. */
export interface Pulse {
  readonly lane: string;
  /** Rules that are evaluated. */
  readonly rules: number;
  readonly execs: number;
  readonly matches: number;
  readonly alerts: number;
  /** By reason. */
  readonly losses: Readonly<Record<string, number>>;
  readonly waiting: Waiting;
  readonly sinks: readonly SinkStatus[];
  /** ms since 1970 */
  readonly started: number;
}

/** Says that this host is watched. Where a SIEM hears none for some minutes it is not, or cannot tell. */
export function heartbeatDocument(pulse: Pulse, origin: Origin, now: number): NestedDocument {
  const { lane, rules, execs, matches, alerts, losses, waiting, sinks, started } = pulse;
  return healthDocument(
    {
      action: "heartbeat",
      message: `${origin.host?.name ?? "This host"} is watched: ${execs} execs, ${alerts} alerts since the start.`,
      from: started,
      until: now,
      identity: [origin.agent.ephemeralId ?? "", now],
      details: {
        heartbeat: {
          lane,
          rules,
          execs,
          matches,
          alerts,
          losses: Object.entries(losses).map(([reason, count]) => ({ reason, count })),
          log: { waiting: waiting.lines, refused: waiting.refused },
          sinks: sinks.map((sink) => ({
            name: sink.name,
            waiting: sink.waiting.lines,
            sent: sink.sent,
            retries: sink.retries,
            dead_letters: sink.deadLetters,
            holding: sink.holding !== undefined,
          })),
        },
      },
    },
    origin,
  );
}
