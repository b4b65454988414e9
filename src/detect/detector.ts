import type { Values } from "../rules/field.js";
import type { Rule } from "../rules/rule.js";
import type { LiveRule } from "../rules/ruleset.js";
import { INDEXED_FIELD } from "../rules/ruleset.js";
import { alertDocument, type Finding } from "./alert.js";
import { AlertCap, type Suppressed } from "./cap.js";
import type { Candidate, EventView } from "./candidate.js";
import type { NestedDocument } from "./document.js";
import { healthDocument } from "./health.js";
import { Incidents } from "./incident.js";
import { present, ruleFields, type Origin } from "./origin.js";

/** The rules as an index gives them: RuleSet. */
export interface RuleIndex<E> {
  candidatesOf(processNames: Values): readonly LiveRule<E>[];
}

/** What an event gave rise to. */
export type Detection =
  | { readonly kind: "alert"; readonly rule: Rule; readonly incidentId: string; readonly document: NestedDocument }
  /** A match that the cap held back; it is counted, and a summary will tell of it. */
  | { readonly kind: "capped"; readonly rule: Rule; readonly incidentId: string }
  /** A health document: how many matches of a rule the cap held back, and whose. */
  | { readonly kind: "summary"; readonly rule: Rule; readonly document: NestedDocument };

export interface DetectorOptions {
  readonly origin: Origin;
  /** ms in which a rule may raise its number of alerts. Default: five minutes. */
  readonly window?: number;
  /** Alerts per window of every rule, in place of the rules' own numbers. */
  readonly maxAlerts?: number | undefined;
}

const DEFAULT_WINDOW = 5 * 60_000;
/** ms after its window in which a summary waits for events that are still on their way. */
const GRACE = 5000;

const NOTHING: readonly Detection[] = [];

/**
 * Holds events against rules, and makes alerts of the matches. Time is that of the events, so that what was recorded
 * gives the same alerts, ids, incidents and summaries as it did live.
 */
export class Detector<E> {
  /** Replaced as a whole when rules are loaded again. */
  rules: RuleIndex<E>;
  readonly #view: EventView<E>;
  readonly #options: DetectorOptions;
  readonly #incidents = new Incidents();
  readonly #cap: AlertCap;
  /** By the cap's subject; what a summary has to say of it. */
  readonly #capped = new Map<string, { readonly rule: Rule; readonly undecided: boolean }>();

  constructor(rules: RuleIndex<E>, view: EventView<E>, options: DetectorOptions) {
    this.rules = rules;
    this.#view = view;
    this.#options = options;
    this.#cap = new AlertCap(options.window ?? DEFAULT_WINDOW);
  }

  /** What this event gives rise to; events are to come in their order. */
  evaluate(event: E): readonly Detection[] {
    const rules = this.rules.candidatesOf(this.#view.names(event));
    if (rules.length === 0) return NOTHING;
    const incomplete = this.#view.incompleteFields(event);
    let detections: Detection[] | undefined;
    let candidate: Candidate | undefined;
    for (const { rule, query } of rules) {
      const undecided = query.matches(event) ? undefined : hangsOn(query, incomplete);
      if (undecided?.length === 0) continue;
      if (detections === undefined || candidate === undefined) {
        candidate = this.#view.candidate(event);
        detections = this.#summaries(this.#cap.due(candidate.time));
      }
      detections.push(this.#detect(rule, candidate, undecided));
    }
    return detections ?? NOTHING;
  }

  /** Summaries that are due although no event came. @param now ms since 1970 */
  tick(now: number): readonly Detection[] {
    return this.#summaries(this.#cap.due(now - GRACE));
  }

  /** What is still to be told at the end. */
  flush(): readonly Detection[] {
    return this.#summaries(this.#cap.flush());
  }

  #detect(rule: Rule, candidate: Candidate, undecided: readonly string[] | undefined): Detection {
    const { eventId, actor, time } = candidate;
    const incidentId = this.#incidents.idOf(candidate);
    // Who floods with what cannot be decided must not use up the alerts of what can.
    const subject = undecided === undefined ? rule.id : `${rule.id} undecided`;
    const limit = this.#options.maxAlerts ?? rule.maxSignals;
    if (!this.#cap.admit({ subject, limit, eventId, actor, time })) {
      this.#capped.set(subject, { rule, undecided: undecided !== undefined });
      return { kind: "capped", rule, incidentId };
    }
    const finding: Finding = { rule, eventId, incidentId, undecided };
    return {
      kind: "alert",
      rule,
      incidentId,
      document: alertDocument(candidate.document(), finding, this.#options.origin),
    };
  }

  #summaries(counted: ReadonlyMap<string, Suppressed>): Detection[] {
    const summaries: Detection[] = [];
    for (const [subject, suppressed] of counted) {
      const about = this.#capped.get(subject);
      if (about === undefined) continue;
      this.#capped.delete(subject);
      const document = summaryDocument(about.rule, about.undecided, suppressed, this.#options.origin);
      summaries.push({ kind: "summary", rule: about.rule, document });
    }
    return summaries;
  }
}

/** Those of the fields that the rule reads, if it asks for the event's name: a rule about anything is not undecided. */
function hangsOn<E>(query: LiveRule<E>["query"], incomplete: readonly string[]): readonly string[] {
  if (incomplete.length === 0 || query.requiredValues(INDEXED_FIELD) === undefined) return [];
  return incomplete.filter((field) => query.fields.includes(field));
}

function summaryDocument(rule: Rule, undecided: boolean, suppressed: Suppressed, origin: Origin): NestedDocument {
  const { count, from, until, firstEventId, actors, others } = suppressed;
  const what = undecided ? "undecided execs" : "matches";
  return healthDocument(
    {
      action: "alerts-capped",
      message: `${count} further ${what} of "${rule.name}" became no alerts, because there were too many in too short a time.`,
      from,
      until,
      identity: [rule.id, undecided ? 1 : 0, firstEventId],
      sections: { rule: ruleFields(rule) },
      details: {
        capped: present({
          count,
          undecided,
          first_event_id: firstEventId,
          actors: actors.map(({ actor, count: times }) => present({ ...actor, count: times })),
          other_actors_count: others,
        }),
      },
    },
    origin,
  );
}
