import { createHash } from "node:crypto";

import type { Rule, Severity } from "../rules/rule.js";
import { section, type NestedDocument, valuesOf } from "./document.js";
import { sentenceOf } from "./message.js";
import { agentFields, present, ruleFields, type Origin } from "./origin.js";
import { threatFields } from "./threat.js";

/** `event.severity` in numbers, as Elastic Security has them for its four words. */
const SEVERITY: Readonly<Record<Severity, number>> = { low: 21, medium: 47, high: 73, critical: 99 };

/** How an alert came about. */
export interface Finding {
  readonly rule: Rule;
  /** `event.id` of the exec. */
  readonly eventId: string;
  readonly incidentId: string;
  /**
   * Where the rule's answer hangs on what is not known: the fields that are not whole. Then it did not match what is
   * known, and might match the rest.
   */
  readonly undecided: readonly string[] | undefined;
}

/** The same exec is never two alerts of one rule, whoever computes it and however often. */
export function alertId(ruleId: string, eventId: string): string {
  return createHash("sha256").update(`${ruleId}\0${eventId}`).digest("hex").slice(0, 40);
}

/**
 * The alert as an ECS document: all of the exec's, with the rule and the incident.
 *
 * @param document the exec's; it stays as it is, and the alert shares what is in it
 */
export function alertDocument(document: NestedDocument, finding: Finding, origin: Origin): NestedDocument {
  const { rule, eventId, incidentId, undecided } = finding;
  return {
    ...document,
    message: messageOf(document, finding),
    event: {
      ...section(document, "event"),
      kind: "alert",
      category: union(valuesOf(document, "event.category"), ["process", "intrusion_detection"]),
      type: union(valuesOf(document, "event.type"), ["info"]),
      id: eventId,
      module: "wallwatch",
      dataset: "wallwatch.alert",
      provider: "wallwatch",
      severity: SEVERITY[rule.severity],
      risk_score: rule.riskScore,
      ...(undecided === undefined ? {} : { outcome: "unknown" }),
    },
    rule: ruleFields(rule),
    ...present({ threat: threatFields(rule.threat), tags: union(valuesOf(document, "tags"), origin.tags) }),
    ...(Object.keys(origin.labels).length === 0
      ? {}
      : { labels: { ...section(document, "labels"), ...origin.labels } }),
    agent: agentFields(origin),
    wallwatch: {
      ...section(document, "wallwatch"),
      alert: present({
        id: alertId(rule.id, eventId),
        undecided: undecided !== undefined,
        undecided_fields: undecided,
      }),
      incident: { id: incidentId },
      rule: present({ severity: rule.severity, tags: rule.tags, type: rule.type }),
    },
  };
}

function messageOf(document: NestedDocument, { rule, undecided }: Finding): string {
  const sentence = sentenceOf(document);
  if (undecided === undefined) return sentence;
  return `${sentence.slice(0, -1)}; whether that is "${rule.name}" could not be decided, for not all of its arguments are known.`;
}

function union(first: readonly unknown[], second: readonly unknown[]): unknown[] {
  return [...new Set([...first, ...second])];
}
