import { documentResolver, type JsonDocument } from "../rules/document.js";
import type { Scalar } from "../rules/field.js";

/** A JSON object whose keys have no dots, as `_source` has it. */
export interface NestedDocument {
  [key: string]: unknown;
}

/**
 * Objects and arrays within each other. Elasticsearch maps 20 of them; what a hostile recording has below so many more is left
 * out, for it must not exhaust the stack.
 */
const MAX_DEPTH = 100;

/** A copy of a document in which every dotted key is nested: what is added to it meets what is there. */
export function nested(document: JsonDocument): NestedDocument {
  return nestedObject(document, 1);
}

function nestedObject(document: JsonDocument, depth: number): NestedDocument {
  const copy: NestedDocument = {};
  for (const [key, value] of Object.entries(document)) put(copy, key.split("."), nestedValue(value, depth));
  return copy;
}

function nestedValue(value: unknown, depth: number): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (depth >= MAX_DEPTH) return undefined;
  if (Array.isArray(value)) return value.map((item) => nestedValue(item, depth + 1));
  return isObject(value) ? nestedObject(value, depth + 1) : value;
}

function put(object: NestedDocument, path: readonly string[], value: unknown): void {
  const [key = "", ...rest] = path;
  // JSON may have it as a key; assigning it would not make a key.
  if (key === "__proto__") return;
  const there = object[key];
  if (rest.length > 0) {
    const inner = isObject(there) ? there : {};
    if (there !== undefined && inner !== there) return; // a value and an object of one name: the first one stays
    object[key] = inner;
    put(inner, rest, value);
  } else if (isObject(there) && isObject(value)) {
    for (const [name, each] of Object.entries(value)) put(there, [name], each);
  } else {
    object[key] ??= value;
  }
}

/** The object at a key of a nested document; empty where there is none. */
export function section(document: NestedDocument, key: string): NestedDocument {
  const value = document[key];
  return isObject(value) ? value : {};
}

/** What a field of a document is: its values, those that are missing left out. */
export function valuesOf(document: JsonDocument, field: string): readonly Scalar[] {
  let accessor = accessors.get(field);
  if (accessor === undefined) {
    accessor = documentResolver(field) ?? (() => undefined);
    accessors.set(field, accessor);
  }
  const values = accessor(document) ?? [];
  return typeof values === "object" ? values : [values];
}

/** The first value of a field, as text. */
export function textOf(document: JsonDocument, field: string): string | undefined {
  const [value] = valuesOf(document, field);
  return value === undefined ? undefined : String(value);
}

/** By field; only the few that this folder names. */
const accessors = new Map<
  string,
  (document: JsonDocument) => ReturnType<NonNullable<ReturnType<typeof documentResolver>>>
>();

function isObject(value: unknown): value is NestedDocument {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
