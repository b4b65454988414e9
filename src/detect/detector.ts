import type { ExceptionConfig } from "../config/exceptions.js";
import type { Values } from "../rules/field.js";
import type { Rule } from "../rules/rule.js";
import type { LiveRule } from "../rules/ruleset.js";
import { alertDocument, type Finding } from "./alert.js";
import type { Candidate, EventView } from "./candidate.js";
import { AlertCap } from "./cap.js";
import type { NestedDocument } from "./document.js";
import type { Exceptions } from "./exceptions.js";
import { Incidents } from "./incident.js";
import type { Origin } from "./origin.js";
import { cappedDocument, exceptedDocument, exceptedMatchDocument } from "./summary.js";
import { Tally, type Counted } from "./tally.js";
import { undecidedFields } from "./undecided.js";

/** The rules as an index gives them: RuleSet. */
export interface RuleIndex<E> {
  candidatesOf(processNames: Values, event: E): readonly LiveRule<E>[];
}

/** What an event gave rise to. */
export type Detection =
  | { readonly kind: "alert"; readonly rule: Rule; readonly incidentId: string; readonly document: NestedDocument }
  /** A match that the cap held back; it is counted, and a summary will tell of it. */
  | { readonly kind: "capped"; readonly rule: Rule; readonly incidentId: string }
  /** A match that an exception keeps from being an alert; it is counted. With a document where each is to be written down. */
  | { readonly kind: "excepted"; readonly rule: Rule; readonly document: NestedDocument | undefined }
  /** A health document: how many matches of a rule the cap held back or an exception was for, and whose. */
  | { readonly kind: "summary"; readonly rule: Rule; readonly document: NestedDocument };

export interface DetectorOptions<E> {
  readonly origin: Origin;
  readonly exceptions?: Exceptions<E>;
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
  #rules: RuleIndex<E>;
  readonly #view: EventView<E>;
  #options: DetectorOptions<E>;
  readonly #incidents = new Incidents();
  readonly #cap: AlertCap;
  readonly #excepted: Tally;
  /** By the cap's subject; what a summary has to say of it. */
  readonly #capped = new Map<string, { readonly rule: Rule; readonly undecided: boolean }>();
  /** By the tally's subject; what a summary has to say of it. */
  readonly #reasons = new Map<string, { readonly rule: Rule; readonly exception: ExceptionConfig }>();

  constructor(rules: RuleIndex<E>, view: EventView<E>, options: DetectorOptions<E>) {
    this.#rules = rules;
    this.#view = view;
    this.#options = options;
    const { window = DEFAULT_WINDOW } = options;
    this.#cap = new AlertCap(window);
    this.#excepted = new Tally(window);
  }

  /** Judges by other rules and options from the next event on. What was counted, and the incidents, stay. */
  reconfigure(rules: RuleIndex<E>, options: DetectorOptions<E>): void {
    this.#rules = rules;
    this.#options = options;
    const { window = DEFAULT_WINDOW } = options;
    this.#cap.window = window;
    this.#excepted.window = window;
  }

  /** What this event gives rise to; events are to come in their order. */
  evaluate(event: E): readonly Detection[] {
    const rules = this.#rules.candidatesOf(this.#view.names(event), event);
    if (rules.length === 0) return NOTHING;
    let incomplete: readonly string[] | undefined;
    let detections: Detection[] | undefined;
    let candidate: Candidate | undefined;
    for (const { rule, query, requiresName } of rules) {
      const isMatch = query.matches(event);
      // A rule about anything is not undecided.
      if (!isMatch && !requiresName) continue;
      incomplete ??= this.#view.incompleteFields(event);
      const undecided = isMatch ? undefined : undecidedFields(query, event, incomplete);
      if (undecided?.length === 0) continue;
      if (detections === undefined || candidate === undefined) {
        candidate = withOneDocument(this.#view.candidate(event));
        detections = this.#due(candidate.time);
      }
      const exception = this.#options.exceptions?.find(rule, event, candidate.time, incomplete);
      detections.push(
        exception === undefined ? this.#detect(rule, candidate, undecided) : this.#except(rule, candidate, exception),
      );
    }
    return detections ?? NOTHING;
  }

  /** Summaries that are due although no event came. @param now ms since 1970 */
  tick(now: number): readonly Detection[] {
    return this.#due(now - GRACE);
  }

  /** What is still to be told at the end. */
  flush(): readonly Detection[] {
    return [...this.#cappedSummaries(this.#cap.flush()), ...this.#exceptedSummaries(this.#excepted.flush())];
  }

  #due(time: number): Detection[] {
    return [...this.#cappedSummaries(this.#cap.due(time)), ...this.#exceptedSummaries(this.#excepted.due(time))];
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

  #except(rule: Rule, candidate: Candidate, exception: ExceptionConfig): Detection {
    const { eventId, actor, time } = candidate;
    const counted = JSON.stringify([rule.id, exception.condition]);
    this.#excepted.add(counted, { eventId, actor, time });
    this.#reasons.set(counted, { rule, exception });
    // The log must not be flooded by what is no alert, either.
    const subject = `${rule.id} excepted`;
    const limit = this.#options.maxAlerts ?? rule.maxSignals;
    const isWritten = exception.log && this.#cap.admit({ subject, limit, eventId, actor, time });
    const match = { rule, exception, eventId, time };
    return {
      kind: "excepted",
      rule,
      document: isWritten ? exceptedMatchDocument(candidate.document(), match, this.#options.origin) : undefined,
    };
  }

  #cappedSummaries(counts: ReadonlyMap<string, Counted>): Detection[] {
    return Array.from(counts).flatMap(([subject, counted]): Detection[] => {
      const about = this.#capped.get(subject);
      // Excepted matches have a summary of their own.
      if (about === undefined) return [];
      this.#capped.delete(subject);
      const document = cappedDocument(about.rule, about.undecided, counted, this.#options.origin);
      return [{ kind: "summary", rule: about.rule, document }];
    });
  }

  #exceptedSummaries(counts: ReadonlyMap<string, Counted>): Detection[] {
    return Array.from(counts).flatMap(([subject, counted]): Detection[] => {
      const about = this.#reasons.get(subject);
      if (about === undefined) return [];
      this.#reasons.delete(subject);
      const document = exceptedDocument(about.rule, about.exception, counted, this.#options.origin);
      return [{ kind: "summary", rule: about.rule, document }];
    });
  }
}

/** However many rules match an exec, its document, which may have megabytes of arguments, is made once: alerts share what is in it. */
function withOneDocument(candidate: Candidate): Candidate {
  let made: NestedDocument | undefined;
  return { ...candidate, document: () => (made ??= candidate.document()) };
}
