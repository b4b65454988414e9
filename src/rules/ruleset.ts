import type { Values } from "./field.js";
import { NameIndex } from "./name_index.js";
import type { RuleProblem } from "./problem.js";
import type { Query } from "./query.js";
import type { Rule } from "./rule.js";
import type { Verdict } from "./verdict.js";

/** The field by which rules are indexed: nearly every rule about processes names some. */
export const INDEXED_FIELD = "process.name";

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
}

/** The rules of some paths: what became of each, and an index of those that are evaluated. */
export class RuleSet<E> {
  readonly live: readonly LiveRule<E>[];
  readonly #index: NameIndex<LiveRule<E>>;

  constructor(
    /** In the order of the paths, and of the file names within each. */
    readonly rules: readonly LoadedRule<E>[],
    /** What did not load. */
    readonly problems: readonly RuleProblem[],
  ) {
    this.live = rules.flatMap(({ rule, verdict, overriddenBy }) =>
      verdict.status === "live" && overriddenBy === undefined ? [{ rule, query: verdict.query }] : [],
    );
    this.#index = new NameIndex(this.live, ({ query }) => query.requiredValues(INDEXED_FIELD));
  }

  /** The rules that can match an event of this `process.name`, in their order. */
  candidates(processName: string | undefined): readonly LiveRule<E>[] {
    return this.#index.candidates(processName);
  }

  /** The same for all values that a document has for `process.name`. */
  candidatesOf(processNames: Values): readonly LiveRule<E>[] {
    return this.#index.candidatesOf(processNames);
  }
}

/** What became of a rule, in a word, and why. */
export function statusOf<E>({ verdict, overriddenBy }: LoadedRule<E>): {
  status: RuleStatus;
  reason: string | undefined;
} {
  if (overriddenBy !== undefined) return { status: "overridden", reason: `by ${overriddenBy}` };
  return { status: verdict.status, reason: verdict.status === "live" ? undefined : verdict.reason };
}
