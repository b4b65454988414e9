import { isJsonObject } from "../../json.js";
import type { JsonDocument } from "../document.js";
import type { Accessor, FieldResolver, Scalar } from "../field.js";
import { hasValue } from "../formula.js";

/** What KQL asks of events beyond single fields. A query that needs what is missing here is an UnsupportedQuery. */
export interface KqlFields<E> {
  /** The values of all fields whose name `accepts`, for `process.*:x`; undefined: there is no such field. */
  readonly matching?: (accepts: (field: string) => boolean) => Accessor<E> | undefined;
  /** Whether any field below a path has a value, for `path:*` where the path is an object; undefined: there is none. */
  readonly below?: (path: string) => ((event: E) => boolean) | undefined;
  /** The objects that lie at a path, for `path:{…}`. */
  readonly objects?: (path: string) => (event: E) => readonly JsonDocument[];
}

/** Beyond this a document's nesting is not followed: a hostile document must not exhaust the stack. */
const MAX_DOCUMENT_DEPTH = 64;

/** Everything that KQL may ask of JSON documents. */
export const documentFields: KqlFields<JsonDocument> = {
  matching: (accepts) => (document) => {
    const found: Scalar[] = [];
    collectValues(document, "", accepts, found, 0);
    return found;
  },
  below: (path) => (document) => holdsValue(document, path, 0),
  objects: (path) => (document) => {
    const found: JsonDocument[] = [];
    collectObjects(document, path, found, 0);
    return found;
  },
};

/** For events whose fields are a closed list, such as those of the live host. */
export function tableFields<E>(names: Iterable<string>, resolve: FieldResolver<E>): KqlFields<E> {
  const table = [...names];
  const matching = (accepts: (field: string) => boolean): Accessor<E> | undefined => {
    const accessors = table.filter(accepts).flatMap((name) => resolve(name) ?? []);
    if (accessors.length === 0) return undefined;
    return (event) => accessors.flatMap((accessor) => accessor(event) ?? []);
  };
  return {
    matching,
    below: (path) => {
      const values = matching((field) => field.startsWith(`${path}.`));
      return values === undefined ? undefined : (event) => hasValue(values(event));
    },
  };
}

function collectValues(
  value: unknown,
  name: string,
  accepts: (field: string) => boolean,
  found: Scalar[],
  depth: number,
): void {
  if (depth > MAX_DOCUMENT_DEPTH) return;
  if (Array.isArray(value)) {
    for (const item of value) collectValues(item, name, accepts, found, depth + 1);
  } else if (typeof value === "object" && value !== null) {
    const prefix = name === "" ? "" : `${name}.`;
    for (const [key, below] of Object.entries(value)) collectValues(below, prefix + key, accepts, found, depth + 1);
  } else if (isScalar(value) && accepts(name)) {
    found.push(value);
  }
}

function collectObjects(value: unknown, path: string, found: JsonDocument[], depth: number): void {
  if (depth > MAX_DOCUMENT_DEPTH) return;
  if (Array.isArray(value)) {
    for (const item of value) collectObjects(item, path, found, depth + 1);
  } else if (isJsonObject(value)) {
    if (path === "") found.push(value);
    else
      for (const [key, below] of Object.entries(value)) {
        if (path === key) collectObjects(below, "", found, depth + 1);
        else if (path.startsWith(`${key}.`)) collectObjects(below, path.slice(key.length + 1), found, depth + 1);
      }
  }
}

/** Whether there is a value below `path`; below the value itself, where that is empty. */
function holdsValue(value: unknown, path: string, depth: number): boolean {
  if (depth > MAX_DOCUMENT_DEPTH) return false;
  if (Array.isArray(value)) return value.some((item) => holdsValue(item, path, depth + 1));
  if (typeof value !== "object" || value === null) return path === "" && isScalar(value);
  return Object.entries(value).some(([key, below]) => {
    if (path === "" || key === path || key.startsWith(`${path}.`)) return holdsValue(below, "", depth + 1);
    return path.startsWith(`${key}.`) && holdsValue(below, path.slice(key.length + 1), depth + 1);
  });
}

function isScalar(value: unknown): value is Scalar {
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean";
}
