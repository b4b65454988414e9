import { createHash } from "node:crypto";

import type { ExceptionConfig } from "../config/exceptions.js";
import type { Rule } from "../rules/rule.js";
import type { NestedDocument } from "./document.js";
import { healthDocument } from "./health.js";
import { sentenceOf } from "./message.js";
import { present, ruleFields, type Origin } from "./origin.js";
import type { Counted } from "./tally.js";

/** How many matches of a rule the cap held back, and whose. */
export function cappedDocument(rule: Rule, undecided: boolean, counted: Counted, origin: Origin): NestedDocument {
  const what = undecided ? "undecided execs" : "matches";
  return healthDocument(
    {
      action: "alerts-capped",
      message: `${counted.count} further ${what} of "${rule.name}" became no alerts, because there were too many in too short a time.`,
      from: counted.from,
      until: counted.until,
      identity: [rule.id, undecided ? 1 : 0, counted.firstEventId],
      sections: { rule: ruleFields(rule) },
      details: { capped: present({ ...countFields(counted), undecided }) },
    },
    origin,
  );
}

/** How many matches of a rule an exception kept from being alerts, and whose. */
export function exceptedDocument(
  rule: Rule,
  exception: ExceptionConfig,
  counted: Counted,
  origin: Origin,
): NestedDocument {
  const { count, from, until, firstEventId } = counted;
  return healthDocument(
    {
      action: "matches-excepted",
      message: `${count} ${count === 1 ? "match" : "matches"} of "${rule.name}" became no ${count === 1 ? "alert" : "alerts"} by the exception "${exception.reason}".`,
      from,
      until,
      identity: [rule.id, exception.condition, firstEventId],
      sections: { rule: ruleFields(rule) },
      details: { exception: exceptionFields(exception), excepted: countFields(counted) },
    },
    origin,
  );
}

/** One match that was excepted. The exec's document is in it, but it is neither an alert nor an event of a process. */
export function exceptedMatchDocument(
  document: NestedDocument,
  match: { readonly rule: Rule; readonly exception: ExceptionConfig; readonly eventId: string; readonly time: number },
  origin: Origin,
): NestedDocument {
  const { rule, exception, eventId, time } = match;
  const health = healthDocument(
    {
      action: "match-excepted",
      message: `Excepted from "${rule.name}" (${exception.reason}): ${sentenceOf(document)}`,
      from: time,
      until: time,
      identity: [rule.id, eventId],
      sections: { rule: ruleFields(rule) },
      details: {},
    },
    origin,
  );
  const own = document["wallwatch"];
  return {
    ...document,
    ...health,
    ...present({ host: document["host"] ?? health["host"] }),
    wallwatch: {
      ...(typeof own === "object" ? own : {}),
      exception: { ...exceptionFields(exception), event_id: eventId },
    },
  };
}

function countFields({ count, firstEventId, actors, others }: Counted): NestedDocument {
  return {
    count,
    first_event_id: firstEventId,
    actors: actors.map(({ actor, count: times }) => present({ ...actor, count: times })),
    other_actors_count: others,
  };
}

function exceptionFields({ condition, reason, expires }: ExceptionConfig): NestedDocument {
  return present({
    // Tells exceptions of the same reason apart.
    id: createHash("sha256").update(condition).digest("hex").slice(0, 16),
    reason,
    expires: expires === undefined ? undefined : new Date(expires).toISOString(),
  });
}
