import { INFERRED_FIELDS } from "../health/inferred.js";
import type { FieldType } from "./mapping.js";

/** How many of what, and whose. */
const COUNTED: Readonly<Record<string, FieldType>> = {
  count: "long",
  first_event_id: "keyword",
  "actors.executable": "keyword",
  "actors.user": "keyword",
  "actors.session": "keyword",
  "actors.container": "keyword",
  "actors.count": "long",
  other_actors_count: "long",
};

/** What health documents have below `wallwatch`; docs/alerts.md, docs/health.md and docs/delivery.md tell of them. */
const SECTIONS: Readonly<Record<string, Readonly<Record<string, FieldType>>>> = {
  capped: { ...COUNTED, undecided: "boolean" },
  excepted: COUNTED,
  exception: { id: "keyword", reason: "keyword", expires: "date", event_id: "keyword" },
  forged: { count: "long" },
  loss: { reason: "keyword", count: "long" },
  log_loss: { lines: "long", bytes: "long", "subjects.subject": "keyword", "subjects.lines": "long" },
  reload: {
    pid: "long",
    rules: "long",
    exceptions: "long",
    problems: "keyword",
    warnings: "keyword",
    restart: "keyword",
  },
  started: {
    version: "keyword",
    lane: "keyword",
    "last_run.ended": "keyword",
    "last_run.reason": "keyword",
    "last_run.expected": "boolean",
    "gap.start": "date",
    "gap.end": "date",
    "gap.ms": "long",
    "gap.exact": "boolean",
  },
  stopped: { reason: "keyword", expected: "boolean", signal: "keyword" },
  heartbeat: {
    lane: "keyword",
    rules: "long",
    execs: "long",
    matches: "long",
    alerts: "long",
    "losses.reason": "keyword",
    "losses.count": "long",
    "log.waiting": "long",
    "log.refused": "long",
    "sinks.name": "keyword",
    "sinks.waiting": "long",
    "sinks.sent": "long",
    "sinks.retries": "long",
    "sinks.dead_letters": "long",
    "sinks.holding": "boolean",
  },
};

/** @param typeOf the type of an exec's field */
export function healthFields(typeOf: (execField: string) => FieldType): Readonly<Record<string, FieldType>> {
  const own = Object.entries(SECTIONS).flatMap(([section, fields]) =>
    Object.entries(fields).map(([name, type]): [string, FieldType] => [`wallwatch.${section}.${name}`, type]),
  );
  const inferred = ["@timestamp", ...INFERRED_FIELDS].map((name): [string, FieldType] => [
    `wallwatch.stopped.inferred.${name}`,
    typeOf(name),
  ]);
  return Object.fromEntries([...own, ...inferred]);
}
