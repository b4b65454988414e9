import { addressOrder, isAddressField } from "./cidr.js";
import type { Scalar } from "./field.js";

export type RangeOperator = "<" | "<=" | ">" | ">=";

/** The moment a relative or rounded date names depends on when the query runs: `now-5m`, `2024-01-01||/M`. */
const DATE_MATH = /^now(?:$|[+\-/])|\|\|/;
const DECIMAL = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?$/i;
/** An ISO 8601 date of at least a month, with or without a time; UTC where it names no zone. */
const DATE = /^\d{4}-\d{2}(?:-\d{2}(?:[T ]\d{2}(?::\d{2}(?::\d{2}(?:[.,]\d{1,9})?)?)?(?<zone>Z|[+-]\d{2}:?\d{2})?)?)?$/;
/** ECS gives a number's type to these. A document may have the number as a string, as Logstash writes ports. */
const NUMBER_FIELD =
  /(?:^|[._])(?:args_count|bytes|duration|exit_code|packets|pgid|pid|port|sequence|size|status_code|ttl|uptime|event\.severity|risk_score|thread\.id)$/;
const MISSING_IN_DATE = "0000-01-01T00:00:00.000";
const MISSING_IN_DATE_ROUNDED_UP = "0000-01-01T23:59:59.999";

/** What an error says of it. */
export const DATE_MATH_REFUSED = "a date relative to now, or rounded, is not evaluated: write the date itself";

export function isDateMath(text: string): boolean {
  return DATE_MATH.test(text);
}

/**
 * Whether a value lies on the asked side of the bound. The value decides how: numbers by size, dates by time if the
 * bound is one too, other strings by code point as a keyword field does. A number against a date is a time in ms since 1970, as
 * a date field takes it; against any other bound it is false, as a boolean is. In a field of addresses, addresses go by
 * their bytes, in one of numbers, strings that are numbers by size.
 *
 * Of a date that names no time of day, `>` and `<=` mean its last moment, `>=` and `<` its first, as Elasticsearch does.
 *
 * @param field the field's name
 */
export function rangeMatcher(operator: RangeOperator, bound: string, field: string): (value: Scalar) => boolean {
  const holds = HOLDS[operator];
  const order = isAddressField(field) ? addressOrder(bound) : undefined;
  if (order !== undefined) {
    return (value) => {
      const difference = typeof value === "string" ? order(value) : undefined;
      return difference !== undefined && holds(difference);
    };
  }
  const number = DECIMAL.test(bound) ? Number(bound) : undefined;
  const isNumberField = NUMBER_FIELD.test(field);
  const roundUp = operator === ">" || operator === "<=";
  const time = toTime(bound, roundUp);
  return (value) => {
    if (typeof value === "number") return holds(value - (number ?? time ?? NaN));
    if (typeof value !== "string") return false;
    if (number !== undefined && isNumberField) return DECIMAL.test(value) && holds(Number(value) - number);
    if (time !== undefined) {
      const moment = toTime(value, false);
      if (moment !== undefined) return holds(moment - time);
    }
    return holds(compareCodePoints(value, bound));
  };
}

/** What an operator says of (value − bound). */
const HOLDS: Readonly<Record<RangeOperator, (difference: number) => boolean>> = {
  "<": (difference) => difference < 0,
  "<=": (difference) => difference <= 0,
  ">": (difference) => difference > 0,
  ">=": (difference) => difference >= 0,
};

/** Milliseconds since 1970, or undefined if the text is no date. What the text leaves out is filled in. */
function toTime(text: string, roundUp: boolean): number | undefined {
  const match = DATE.exec(text);
  if (match === null) return undefined;
  const zone = match.groups?.["zone"] ?? "";
  const local = text
    .slice(0, text.length - zone.length)
    .replace(" ", "T")
    .replace(",", ".");
  const filled = local + (roundUp ? MISSING_IN_DATE_ROUNDED_UP : MISSING_IN_DATE).slice(local.length);
  const time = Date.parse(filled + (zone === "" ? "Z" : zone));
  return Number.isNaN(time) ? undefined : time;
}

/** By code point, which is the order of UTF-8; JavaScript's `<` goes by UTF-16 unit. */
function compareCodePoints(left: string, right: string): number {
  const length = Math.min(left.length, right.length);
  for (let index = 0; index < length; index++) {
    if (left.charCodeAt(index) !== right.charCodeAt(index)) {
      return (left.codePointAt(index) ?? 0) - (right.codePointAt(index) ?? 0);
    }
  }
  return left.length - right.length;
}
