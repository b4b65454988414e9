import { isJsonObject, type JsonObject } from "../json.js";
import type { FieldResolver, Scalar, Values } from "./field.js";
import { FREQUENT_FIELDS } from "./frequent_fields.js";

/** An event as a JSON object; keys may be nested, dotted, or both (`{"process": {"parent.name": "sh"}}`). */
export type JsonDocument = JsonObject;

/** Beyond this a document's nesting is not followed: a hostile document must not exhaust the stack. */
const MAX_ARRAY_DEPTH = 32;

/** Resolves any field of a JSON document: a name that no document has is merely always missing. */
export const documentResolver: FieldResolver<JsonDocument> = (field) => {
  const paths = pathTree(field.split("."));
  const plain = FREQUENT_FIELDS.get(field);
  if (plain === undefined) return (document) => read(document, paths);
  return (document) => {
    const value = plain(document);
    return value === undefined || value === null ? read(document, paths) : leaf(value);
  };
};

/**
 * The event inside an Elasticsearch search hit: its `_source`, or its `fields` where the source was not asked for.
 * What is no hit is returned as it is.
 */
export function unwrapHit(document: JsonDocument): JsonDocument {
  const source = document["_source"];
  if (isJsonObject(source)) return source;
  // Many an event has a `fields` of its own; only beside `_index` it is that of a hit.
  const fields = document["fields"];
  return isJsonObject(fields) && typeof document["_index"] === "string" ? fields : document;
}

/** The ways on from one object: each a key as it may be written, and what of the field's name is left below it. */
interface Path {
  readonly key: string;
  /** The key is also one of Object.prototype's, so only an own property counts. */
  readonly inherited: boolean;
  readonly rest: readonly Path[];
}

/** For a.b.c: keys a (then b.c), a.b (then c), a.b.c. Tails are shared, so that there are n² of them and not 2ⁿ. */
function pathTree(parts: readonly string[]): readonly Path[] {
  const tails: (readonly Path[])[] = new Array<readonly Path[]>(parts.length + 1).fill([]);
  for (let start = parts.length - 1; start >= 0; start--) {
    const paths: Path[] = [];
    for (let end = start + 1; end <= parts.length; end++) {
      const key = parts.slice(start, end).join(".");
      paths.push({ key, inherited: key in Object.prototype, rest: tails[end] ?? [] });
    }
    tails[start] = paths;
  }
  return tails[0] ?? [];
}

function read(object: JsonDocument, paths: readonly Path[]): Values {
  let found: Values;
  for (const { key, inherited, rest } of paths) {
    if (inherited && !Object.hasOwn(object, key)) continue;
    const value = object[key];
    if (value === undefined || value === null) continue;
    const values = rest.length === 0 ? leaf(value) : descend(value, rest, 0);
    found = found === undefined ? values : merge(found, values);
  }
  return found;
}

function descend(value: unknown, paths: readonly Path[], depth: number): Values {
  if (isJsonObject(value)) return read(value, paths);
  if (!Array.isArray(value) || depth > MAX_ARRAY_DEPTH) return undefined;
  let found: Values;
  for (const item of value) found = merge(found, descend(item, paths, depth + 1));
  return found;
}

function leaf(value: unknown): Values {
  if (isScalar(value)) return value;
  if (!Array.isArray(value)) return undefined;
  const items: readonly unknown[] = value;
  for (const item of items) if (!isScalar(item)) return items.flat(MAX_ARRAY_DEPTH).filter(isScalar);
  return items as readonly Scalar[];
}

function merge(left: Values, right: Values): Values {
  if (left === undefined || left === null) return right;
  if (right === undefined || right === null) return left;
  return [left, right].flat();
}

function isScalar(value: unknown): value is Scalar {
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean";
}
