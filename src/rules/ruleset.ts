import { EventIndex, INDEXED_FIELD } from "./event_index.js";
import type { FieldResolver, Values } from "./field.js";
import type { RuleProblem } from "./problem.js";
import type { Query } from "./query.js";
import type { Rule } from "./rule.js";
import type { Verdict } from "./verdict.js";

export type RuleStatus = "live" | "replay-only" | "unsupported" | "disabled" | "overridden";

/** A rule that a file gave, whatever becomes of it. */
export interface LoadedRule<E> {
  readonly rule: Rule;
  readonly verdict: Verdict<E>;
  /** The file of a later path that has the same id; this rule does not apply. */
  readonly overriddenBy: string | undefined;
}

/** A rule that is evaluated. */
export interface LiveRule<E> {
  readonly rule: Rule;
  readonly query: Query<E>;
  /** It requires a `process.name`: of a program with that name it must be known whether the rule matches. */
  readonly requiresName: boolean;
}

/** The rules of some paths: what became of each, and an index of those that are evaluated. */
export class RuleSet<E> {
  readonly live: readonly LiveRule<E>[];
  readonly #index: EventIndex<E, LiveRule<E>>;

  constructor(
    /** In the order of the paths, and of the file names within each. */
    readonly rules: readonly LoadedRule<E>[],
    /** What did not load. */
    readonly problems: readonly RuleProblem[],
    /** How fields are had of events that are of many kinds; without it, rules are found by name alone. */
    resolve?: FieldResolver<E>,
  ) {
    this.live = rules.flatMap(({ rule, verdict, overriddenBy }) =>
      verdict.status === "live" && overriddenBy === undefined ? [liveRule(rule, verdict.query)] : [],
    );
    this.#index = new EventIndex(this.live, resolve);
  }

  /** The rules that can match an event of this `process.name`, in their order. */
  candidates(processName: string | undefined): readonly LiveRule<E>[] {
    return this.#index.candidates(processName);
  }

  /**
   * Those that can match this event.
   *
   * @param processNames what it has for `process.name`
   */
  candidatesOf(processNames: Values, event: E): readonly LiveRule<E>[] {
    return this.#index.candidatesOf(processNames, event);
  }
}

function liveRule<E>(rule: Rule, query: Query<E>): LiveRule<E> {
  return { rule, query, requiresName: query.requiredValues(INDEXED_FIELD) !== undefined };
}

/** What became of a rule, in a word, and why. */
export function statusOf<E>({ verdict, overriddenBy }: LoadedRule<E>): {
  status: RuleStatus;
  reason: string | undefined;
} {
  if (overriddenBy !== undefined) return { status: "overridden", reason: `by ${overriddenBy}` };
  return { status: verdict.status, reason: verdict.status === "live" ? undefined : verdict.reason };
}
