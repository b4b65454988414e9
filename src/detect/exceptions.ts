import type { ExceptionConfig } from "../config/exceptions.js";
import { compileEqlCondition } from "../rules/eql/compile.js";
import type { Accessor, FieldResolver, Scalar, Values } from "../rules/field.js";
import type { Query } from "../rules/query.js";
import type { Rule } from "../rules/rule.js";
import type { Origin } from "./origin.js";

/** A compiled exception. */
interface Entry<E> {
  readonly exception: ExceptionConfig;
  readonly rules: ReadonlySet<string> | undefined;
  readonly query: Query<E>;
}

/** The exceptions of a configuration, for events of one type. */
export class Exceptions<E> {
  readonly #entries: readonly Entry<E>[];

  /**
   * @param resolve the fields of the event
   * @param origin what the alert would get from the configuration: conditions may ask for its tags and labels
   * @throws QueryError for a condition that the configuration's check had refused
   */
  constructor(
    exceptions: readonly ExceptionConfig[],
    resolve: FieldResolver<E>,
    origin: Pick<Origin, "tags" | "labels">,
  ) {
    const fields = withOrigin(resolve, origin);
    this.#entries = exceptions.map((exception) => ({
      exception,
      rules: exception.rules && new Set(exception.rules),
      query: compileEqlCondition(exception.condition, fields),
    }));
  }

  /**
   * The first exception that is for this match.
   *
   * @param time the event's, ms since 1970: what happened before an exception expired is excepted whenever it is judged
   * @param incomplete the fields of which the event does not have all that there was. A condition that reads them is not
   *     asked: whoever pads arguments must not come out of a rule by a `not`.
   */
  find(rule: Rule, event: E, time: number, incomplete: readonly string[]): ExceptionConfig | undefined {
    for (const { exception, rules, query } of this.#entries) {
      if (rules !== undefined && !rules.has(rule.id) && !rules.has(rule.name)) continue;
      if (isExpired(exception, time) || incomplete.some((field) => query.fields.includes(field))) continue;
      if (query.matches(event)) return exception;
    }
    return undefined;
  }
}

/** @param now ms since 1970 */
export function isExpired({ expires }: ExceptionConfig, now: number): boolean {
  return expires !== undefined && now >= expires;
}

/** Tells of exceptions as they expire. */
export class Expiries {
  #ahead: readonly ExceptionConfig[];

  /** @param now ms since 1970; what expired before is not told */
  constructor(exceptions: readonly ExceptionConfig[], now: number) {
    this.#ahead = exceptions.filter((exception) => exception.expires !== undefined && !isExpired(exception, now));
  }

  /** Those that expired since it was asked last. @param now ms since 1970 */
  passed(now: number): readonly ExceptionConfig[] {
    const passed = this.#ahead.filter((exception) => isExpired(exception, now));
    if (passed.length > 0) this.#ahead = this.#ahead.filter((exception) => !passed.includes(exception));
    return passed;
  }
}

/** What an administrator should know of exceptions that load: a sentence each, without a full stop. */
export function exceptionWarnings(
  exceptions: readonly ExceptionConfig[],
  rules: readonly Rule[],
  now: number,
): readonly string[] {
  const known = new Set(rules.flatMap(({ id, name }) => [id, name]));
  return exceptions.flatMap((exception) => [
    ...(isExpired(exception, now) ? [expirySentence(exception)] : []),
    ...(exception.rules ?? [])
      .filter((rule) => !known.has(rule))
      .map((rule) => `the exception "${exception.reason}" is for the rule ${rule}, and there is no such rule`),
  ]);
}

export function expirySentence({ reason, expires }: ExceptionConfig): string {
  return `the exception "${reason}" expired at ${new Date(expires ?? 0).toISOString()} and applies no longer`;
}

function withOrigin<E>(resolve: FieldResolver<E>, { tags, labels }: Pick<Origin, "tags" | "labels">): FieldResolver<E> {
  return (field) => {
    const own = resolve(field);
    if (field === "tags") return joined(own, tags);
    if (!field.startsWith("labels.")) return own;
    const label = labels[field.slice("labels.".length)];
    // The configuration's goes before that of a recorded event, as it does in the alert.
    return label === undefined ? (own ?? (() => undefined)) : () => label;
  };
}

function joined<E>(own: Accessor<E> | undefined, more: readonly Scalar[]): Accessor<E> {
  if (own === undefined || more.length === 0) return own ?? (() => more);
  return (event): Values => [own(event) ?? [], more].flat();
}
