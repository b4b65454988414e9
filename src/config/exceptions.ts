import * as v from "valibot";

import { EXEC_FIELDS } from "../ecs/fields.js";
import { compileEqlCondition } from "../rules/eql/compile.js";
import { positionAt, QueryError } from "../rules/error.js";
import { keyPositions } from "../toml/positions.js";
import { stringOffset } from "../toml/string_offset.js";
import type { ConfigProblem } from "./error.js";

/** ms. */
const DAY = 86_400_000;
const DATE = /^\d{4}-\d{2}-\d{2}$/;
const DATE_TIME = /^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2})?$/i;

const text = v.pipe(
  v.string(),
  v.check((value) => value.trim() !== "", "must not be empty"),
);

const exception = v.strictObject({
  /** EQL, as after `where`. */
  condition: text,
  /** Ids or names of the rules that it is for; undefined for all. */
  rules: v.optional(v.pipe(v.array(text), v.nonEmpty("must name a rule; without it the exception is for all rules"))),
  reason: text,
  /** ms since 1970, from when on it does not apply. */
  expires: v.optional(
    v.pipe(
      v.union([v.string(), v.date()], "must be a date"),
      v.transform(expiryOf),
      v.number('must be a date such as 2030-12-31, or one with a time such as "2030-12-31T18:00:00Z"'),
    ),
  ),
  /** Whether each match that was excepted is written to the log. */
  log: v.optional(v.boolean(), false),
});

export const exceptionsSchema = v.optional(v.array(exception), []);

/** A match of which no alert is to be made, as the configuration has it. */
export type ExceptionConfig = v.InferOutput<typeof exception>;

const NO_CONDITION = { condition: "" };
/** The conditions, whatever else is wrong. */
const conditionsSchema = v.object({
  exceptions: v.fallback(v.array(v.fallback(v.object({ condition: text }), NO_CONDITION)), []),
});

/**
 * What is wrong with the conditions, each with its place in the file.
 *
 * @param config as the file has it, with whatever mistakes
 * @param toml the file's text
 * @param file its name
 */
export function conditionProblems(config: unknown, toml: string, file: string): readonly ConfigProblem[] {
  const { exceptions } = v.parse(conditionsSchema, config);
  return exceptions.flatMap(({ condition }, index) => {
    if (condition === NO_CONDITION.condition) return [];
    try {
      compileEqlCondition(condition, () => undefined, { isKnownField: isExceptionField });
      return [];
    } catch (error) {
      if (!(error instanceof QueryError)) throw error;
      return [problemOf(error, condition, ["exceptions", index, "condition"], toml, file)];
    }
  });
}

/** Whether a condition may name the field: those of an exec, and what the configuration adds to its document. */
function isExceptionField(field: string): boolean {
  return EXEC_FIELDS.has(field) || field === "tags" || /^labels\.[^.]+$/.test(field);
}

function problemOf(
  { offset, line, column, reason, excerpt }: QueryError,
  condition: string,
  path: readonly (string | number)[],
  toml: string,
  file: string,
): ConfigProblem {
  const key = keyPositions(toml)(path);
  const at = key && stringOffset(toml, key, condition, offset);
  if (at !== undefined) return { file, position: positionAt(toml, at), message: reason, excerpt };
  const message = `in line ${line}, column ${column} of the condition: ${reason}`;
  return { file, position: key, message, excerpt };
}

/** The end of a day, or a moment; what has no offset is UTC. undefined where it is neither. */
function expiryOf(value: string | Date): number | undefined {
  // A date of TOML writes itself as it was read: without a time where it had none.
  const written = typeof value === "string" ? value.trim() : value.toISOString();
  const [date = written] = written.split(/[T ]/i);
  // Date.parse takes the 31st of any month.
  const day = DATE.test(date) ? Date.parse(`${date}T00:00:00Z`) : NaN;
  if (Number.isNaN(day) || !new Date(day).toISOString().startsWith(date)) return undefined;
  if (date === written) return day + DAY;
  const [, , , offset] = DATE_TIME.exec(written) ?? [];
  const time = DATE_TIME.test(written)
    ? Date.parse(`${written.replace(" ", "T")}${offset === undefined ? "Z" : ""}`)
    : NaN;
  return Number.isNaN(time) ? undefined : time;
}
