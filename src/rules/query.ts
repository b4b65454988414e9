import type { Formula } from "./formula.js";

/** What a compiled query gives, whatever its language. */

/** `| head 5`: the first five matches; `| tail 5`: the last five. */
export interface Pipe {
  readonly kind: "head" | "tail";
  readonly count: number;
}

/**
 * A necessary condition of a match: some value of the field, written as a string, is in this list. An empty list says
 * that no event can match.
 */
export interface RequiredValues {
  readonly values: readonly string[];
  /** Values are to be compared without regard to ASCII case. */
  readonly ignoreCase: boolean;
}

export interface Query<E> {
  /** Every field that the query names, the event category field included when it is asked for; sorted. */
  readonly fields: readonly string[];
  /** Those of `fields` that the resolver does not know: they are always missing. Optional ones (`?field`) are among them. */
  readonly unknownFields: readonly string[];
  /** The event category that is asked for (`process where …`), or undefined where any will do; KQL has none. */
  readonly eventCategory: string | undefined;
  /** In the order written. `matches` does not know of them. */
  readonly pipes: readonly Pipe[];
  matches(event: E): boolean;
  /**
   * The values of `field` of which an event must have one to match, or undefined where that can't be said. It is
   * sound, not complete: an event without any of them never matches.
   */
  requiredValues(field: string): RequiredValues | undefined;
  /** What `matches` evaluates. It is compiled anew with each call. */
  formula(): Formula<E>;
}

export interface CompileOptions {
  /** The field that holds the category of EQL's `process where …`; by default `event.category`. */
  readonly eventCategoryField?: string;
  /**
   * Says whether a field exists. A plain field for which it says no is a QueryError (an optional `?field` is not).
   * Without it, a field that the resolver does not know counts as missing.
   */
  readonly isKnownField?: (field: string) => boolean;
}

export const DEFAULT_EVENT_CATEGORY_FIELD = "event.category";
