import type { FieldResolver } from "./field.js";
import type { KqlFields } from "./kql/fields.js";

/** What rules are to run on: the events of a live host, or recorded documents. */
export interface RuleTarget<E> {
  readonly resolve: FieldResolver<E>;
  readonly kqlFields?: KqlFields<E>;
  /**
   * Fields that only ever have certain values: on a live host `event.category` is "process" and nothing else. A rule
   * that requires another one is for recorded events.
   */
  readonly onlyValues?: ReadonlyMap<string, readonly string[]>;
}
