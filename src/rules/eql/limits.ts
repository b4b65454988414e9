/** Bounds on a query, so that no text can exhaust the stack or the memory: what is beyond is a QueryError. */

/** UTF-16 code units. Elastic's longest published rule has less than 20,000. */
export const MAX_QUERY_LENGTH = 262_144;
/** How deep parentheses, function calls, `not` and signs may be nested, and how long one chain of arithmetic may be. */
export const MAX_NESTING = 100;
/** Values in one list, arguments of one function, fields to join by. */
export const MAX_VALUES = 10_000;
/** How often a condition on what is calculated may name a field: each occurrence iterates that field's values. */
export const MAX_OCCURRENCES = 8;
/**
 * How many combinations of values such a condition tries on one event. Beyond, it counts as not true:
 * `concat(process.args, process.args, process.args)` must not let a process with 10,000 arguments stop the host's watch.
 */
export const MAX_COMBINATIONS = 1_000_000;
