import { QueryError, UnsupportedQuery } from "../error.js";
import type { Pipe } from "../query.js";
import { parseCombined } from "./combined.js";
import { Cursor } from "./cursor.js";
import { parseCondition } from "./expression.js";
import { evaluateConstant } from "./script.js";
import type { EventFilter, EventQuery, QueryTree } from "./tree.js";
import { isConstant, isDecimal } from "./walk.js";

/*
 *   query    = ( filter | sequence | sample ) { pipe }      sequence and sample: see combined.ts
 *   filter   = ( "any" | name | string ) "where" condition   condition: see expression.ts
 *   pipe     = "|" ( "head" | "tail" ) integer               or whole numbers that are calculated: `2 * (3 + 1)`
 */

const MAX_PIPE_COUNT = 2 ** 31 - 1;
/** Pipes of EQL's first implementation, which Elasticsearch has not taken over. */
const OTHER_PIPES: ReadonlySet<string> = new Set(["count", "filter", "sort", "unique", "unique_count"]);

/** Reads an EQL query. @throws QueryError */
export function parseEql(text: string): QueryTree {
  const cursor = new Cursor(text);
  const tree = parseQuery(cursor);
  if (cursor.peek().kind !== "end") throw cursor.unexpected("`and`, `or`, a pipe or the end of the query");
  return tree;
}

/** Reads a condition that stands by itself, as for events of any category. @throws QueryError */
export function parseEqlCondition(text: string): EventQuery {
  const cursor = new Cursor(text);
  const { offset } = cursor.peek();
  const where = cursor.peek(1);
  if (where.kind === "keyword" && where.text === "where") {
    throw new QueryError(text, offset, "expected a condition alone, such as follows `where` in a query");
  }
  const condition = parseCondition(cursor);
  if (cursor.peek().kind !== "end") throw cursor.unexpected("`and`, `or` or the end of the condition");
  return { kind: "event", category: undefined, condition, pipes: [], offset };
}

function parseQuery(cursor: Cursor): QueryTree {
  const { offset } = cursor.peek();
  if (cursor.sees(["join"])) throw new UnsupportedQuery(cursor.text, offset, "`join` is not supported");
  if (cursor.sees(["sequence", "sample"])) {
    const combined = parseCombined(cursor, parseFilter);
    return { ...combined, pipes: parsePipes(cursor) };
  }
  return { kind: "event", ...parseFilter(cursor), pipes: parsePipes(cursor) };
}

function parseFilter(cursor: Cursor): EventFilter {
  const category = cursor.peek();
  const isName = category.kind === "name" && !category.quoted && !category.tilde;
  if (!isName && category.kind !== "string" && !cursor.sees(["any"])) {
    throw cursor.unexpected("an event category such as `process`, or `any`");
  }
  cursor.next();
  cursor.expect("where", " after the event category");
  const condition = parseCondition(cursor);
  return { category: category.kind === "keyword" ? undefined : category.text, condition, offset: category.offset };
}

function parsePipes(cursor: Cursor): Pipe[] {
  const pipes: Pipe[] = [];
  while (cursor.take("|")) pipes.push(parsePipe(cursor));
  return pipes;
}

function parsePipe(cursor: Cursor): Pipe {
  const kind = cursor.peek();
  if (kind.kind === "name" && OTHER_PIPES.has(kind.text)) {
    throw new UnsupportedQuery(cursor.text, kind.offset, `the pipe \`${kind.text}\` is not supported`);
  }
  if (cursor.sees(["|"])) throw cursor.error("unexpected `|`; `or` is written as a word", kind);
  if (kind.kind !== "name" || kind.quoted || (kind.text !== "head" && kind.text !== "tail")) {
    throw cursor.unexpected("the pipe `head` or `tail`");
  }
  cursor.next();
  return { kind: kind.text, count: parseCount(cursor) };
}

function parseCount(cursor: Cursor): number {
  const expected = `a whole number up to ${MAX_PIPE_COUNT}`;
  const token = cursor.peek();
  if (token.kind !== "number" && !cursor.sees(["(", "+", "-"])) throw cursor.unexpected(expected);
  const expression = parseCondition(cursor);
  const count = isConstant(expression) && !isDecimal(expression) ? evaluateConstant(cursor.text, expression) : null;
  if (typeof count === "number" && Number.isInteger(count) && count >= 0 && count <= MAX_PIPE_COUNT) return count;
  throw cursor.error(`expected ${expected}`, token);
}
