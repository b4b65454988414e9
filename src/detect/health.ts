import { createHash } from "node:crypto";

import { ECS_VERSION } from "../ecs/fields.js";
import type { NestedDocument } from "./document.js";
import { agentFields, hostFields, present, type Origin } from "./origin.js";

/** What wallwatch has to say of its own work. */
export interface HealthReport {
  /** `event.action`: "alerts-capped", "capture-loss", … */
  readonly action: string;
  /** A plain sentence. */
  readonly message: string;
  /** ms since 1970, of what the report is about. */
  readonly from: number;
  readonly until: number;
  /** What, together with the action, tells this report from every other one. */
  readonly identity: readonly (string | number)[];
  /** Below `wallwatch`. */
  readonly details: NestedDocument;
  /** Further sections at the top, such as `rule`. */
  readonly sections?: NestedDocument;
}

/** The report as an ECS document. It is no alert: `event.kind` is "event" and `event.dataset` "wallwatch.health". */
export function healthDocument(report: HealthReport, origin: Origin): NestedDocument {
  const { action, message, from, until, identity, details, sections } = report;
  const id = createHash("sha256")
    .update(JSON.stringify([action, ...identity]))
    .digest("hex")
    .slice(0, 40);
  return {
    "@timestamp": iso(until),
    ecs: { version: ECS_VERSION },
    message,
    event: {
      kind: "event",
      category: ["host"],
      type: ["info"],
      action,
      id,
      module: "wallwatch",
      dataset: "wallwatch.health",
      provider: "wallwatch",
      start: iso(from),
      end: iso(until),
    },
    ...sections,
    ...present({ host: hostFields(origin), tags: origin.tags }),
    ...(Object.keys(origin.labels).length === 0 ? {} : { labels: { ...origin.labels } }),
    agent: agentFields(origin),
    wallwatch: details,
  };
}

function iso(time: number): string {
  return new Date(time).toISOString();
}
