import type { Cursor } from "./cursor.js";
import { parseField } from "./expression.js";
import type { CombinedQuery, EventFilter, Field, Subquery } from "./tree.js";

/*
 *   sequence = "sequence" [ by ] [ "with" "maxspan" "=" integer unit ] subquery subquery { subquery } [ "until" subquery ]
 *   unit     = "ms" | "s" | "m" | "h" | "d"
 *   sample   = "sample" [ by ] subquery subquery { subquery }
 *   subquery = ( "[" | "![" ) filter "]" [ by ] [ "with" "runs" "=" integer ]
 *   by       = "by" field { "," field }
 */

const MAX_RUNS = 100;
const UNITS: ReadonlySet<string> = new Set(["ms", "s", "m", "h", "d"]);

/** Reads a sequence or a sample up to its pipes. @throws QueryError */
export function parseCombined(cursor: Cursor, parseFilter: (cursor: Cursor) => EventFilter): CombinedQuery {
  const { offset } = cursor.peek();
  const kind = cursor.take("sample") ? "sample" : "sequence";
  if (kind === "sequence") cursor.expect("sequence");
  const by = parseBy(cursor);
  const maxspan = kind === "sequence" && cursor.sees(["with"]) ? parseMaxspan(cursor) : undefined;
  const subqueries = [parseSubquery(cursor, parseFilter)];
  while (cursor.sees(["[", "!["])) subqueries.push(parseSubquery(cursor, parseFilter));
  const runs = subqueries.reduce((sum, subquery) => sum + subquery.runs, 0);
  if (runs < 2) throw cursor.unexpected(`another event in brackets: a ${kind} has two or more`);
  const until = kind === "sequence" && cursor.take("until") ? parseSubquery(cursor, parseFilter) : undefined;
  checkKeys(cursor, until === undefined ? subqueries : [...subqueries, until]);
  return { kind, by, maxspan, subqueries, until, pipes: [], offset };
}

/** The fields by which events belong together are as many for each of them. */
function checkKeys(cursor: Cursor, subqueries: readonly Subquery[]): void {
  const expected = subqueries[0]?.by.length ?? 0;
  const wrong = subqueries.find(({ by }) => by.length !== expected);
  if (wrong === undefined) return;
  throw cursor.error(
    `this event is joined by ${wrong.by.length} fields of its own, and the first one by ${expected}`,
    wrong.by[0] ?? wrong,
  );
}

function parseSubquery(cursor: Cursor, parseFilter: (cursor: Cursor) => EventFilter): Subquery {
  const missing = cursor.sees(["!["]);
  if (missing) cursor.next();
  else cursor.expect("[", " before an event");
  const filter = parseFilter(cursor);
  cursor.expect("]", ", `and` or `or`");
  const by = parseBy(cursor);
  return { ...filter, missing, by, runs: cursor.sees(["with"]) ? parseRuns(cursor) : 1 };
}

function parseBy(cursor: Cursor): Field[] {
  return cursor.take("by") ? cursor.list(() => parseField(cursor)) : [];
}

function parseMaxspan(cursor: Cursor): string {
  cursor.expect("with");
  cursor.expect("maxspan");
  cursor.expect("=");
  const number = cursor.peek();
  if (number.kind !== "number" || number.decimal || number.value < 1) {
    throw cursor.unexpected("a time in whole numbers such as `5m`");
  }
  cursor.next();
  const unit = cursor.peek();
  if (unit.kind !== "name" || unit.quoted || unit.tilde || !UNITS.has(unit.text)) {
    throw cursor.unexpected("a unit of time: `ms`, `s`, `m`, `h` or `d`");
  }
  cursor.next();
  return `${number.text}${unit.text}`;
}

function parseRuns(cursor: Cursor): number {
  cursor.expect("with");
  const word = cursor.peek();
  if (word.kind !== "name" || word.text !== "runs") throw cursor.unexpected("`runs`");
  cursor.next();
  cursor.expect("=");
  const number = cursor.peek();
  if (number.kind !== "number" || number.decimal || number.value < 1 || number.value > MAX_RUNS) {
    throw cursor.unexpected(`a whole number from 1 to ${MAX_RUNS}`);
  }
  cursor.next();
  return number.value;
}
