import { documentResolver, unwrapHit, type JsonDocument } from "./rules/document.js";
import { compileEql } from "./rules/eql/compile.js";
import { compileKql } from "./rules/kql/compile.js";
import { documentFields } from "./rules/kql/fields.js";
import type { CompileOptions, Pipe, Query } from "./rules/query.js";

export type { JsonDocument } from "./rules/document.js";
export { QueryError, UnsupportedQuery } from "./rules/error.js";
export type { CompileOptions } from "./rules/query.js";

/** EQL, or KQL by the name that Elastic's rules give it. */
export type QueryLanguage = "eql" | "kuery";

/**
 * A query over JSON documents: nested or dotted, bare or as Elasticsearch search hits. They may be of any type of object:
 * an interface of one's own is no `JsonDocument`, for want of an index signature.
 */
export interface DocumentQuery {
  /** Whether one document matches, pipes aside. */
  matches(document: object): boolean;
  /**
   * The documents that match, in their order and as they are, with `| head n` and `| tail n` applied. It reads
   * `documents` lazily, keeps no more than a `tail` needs, and stops at the end of a `head`.
   */
  select<D extends object>(documents: Iterable<D>): Iterable<D>;
  /** Every field that the query names, sorted; for EQL's `process where …` that of the event category too. */
  readonly fields: readonly string[];
}

const COMPILERS: Readonly<Record<QueryLanguage, (text: string, options: CompileOptions) => Query<JsonDocument>>> = {
  eql: (text, options) => compileEql(text, documentResolver, options),
  kuery: (text, options) => compileKql(text, documentResolver, { ...options, kqlFields: documentFields }),
};

/**
 * Compiles a query.
 *
 * @throws UnsupportedQuery for one that is right but not evaluated here, such as an EQL sequence or KQL's free text
 * @throws QueryError for one that is wrong, with line, column, and the line with a caret
 * @throws TypeError for another language, and for what is no string
 */
export function compileQuery(text: string, language: QueryLanguage, options: CompileOptions = {}): DocumentQuery {
  const compile = COMPILERS[language] as (typeof COMPILERS)[QueryLanguage] | undefined;
  if (compile === undefined) throw new TypeError(`unknown query language ${language}; expected eql or kuery`);
  if (typeof text !== "string") throw new TypeError(`the query is no string: ${typeof text}`);
  const query = compile(text, options);
  const matches = (document: object): boolean => query.matches(unwrapHit(document as JsonDocument));
  return {
    matches,
    select: <D extends object>(documents: Iterable<D>) =>
      query.pipes.reduce(applyPipe<D>, { [Symbol.iterator]: () => matching(documents, matches) }),
    fields: query.fields,
  };
}

function* matching<D extends object>(
  documents: Iterable<D>,
  matches: (document: object) => boolean,
): Generator<D, void, undefined> {
  for (const document of documents) if (matches(document)) yield document;
}

function applyPipe<D>(documents: Iterable<D>, { kind, count }: Pipe): Iterable<D> {
  const apply = kind === "head" ? head : tail;
  return { [Symbol.iterator]: () => apply(documents, count) };
}

function* head<D>(documents: Iterable<D>, count: number): Generator<D, void, undefined> {
  if (count === 0) return;
  let left = count;
  for (const document of documents) {
    yield document;
    if (--left === 0) return;
  }
}

function* tail<D>(documents: Iterable<D>, count: number): Generator<D, void, undefined> {
  const last: D[] = [];
  let next = 0;
  for (const document of documents) {
    if (count === 0) continue;
    last[next] = document;
    next = (next + 1) % count;
  }
  const oldest = last.length < count ? 0 : next;
  yield* last.slice(oldest);
  yield* last.slice(0, oldest);
}
