import type { HostContext } from "../host/context.js";
import type { ExecEvent } from "../process/event.js";
import { ANCESTORS, ancestorDocuments } from "./ancestors.js";
import { EXEC_FIELDS, type ExecField } from "./fields.js";

/** An ECS document, nested, as JSON. */
export interface EcsDocument {
  [field: string]: EcsValue;
}
export type EcsValue = string | number | boolean | EcsValue[] | EcsDocument;

const FIELDS: readonly (readonly [path: readonly string[], field: ExecField])[] = [...EXEC_FIELDS]
  .filter(([name]) => !name.startsWith(`${ANCESTORS}.`))
  .map(([name, field]) => [name.split("."), field]);

/** The event as an ECS document: every field of EXEC_FIELDS that has a value. */
export function toDocument(event: ExecEvent, host: HostContext): EcsDocument {
  const document: EcsDocument = {};
  for (const [path, field] of FIELDS) {
    const values = field(event, host);
    if (values === undefined) continue;
    if (typeof values !== "object") put(document, path, values);
    else if (values.length > 0) put(document, path, [...values]);
  }
  const ancestors = ancestorDocuments(event);
  if (ancestors.length > 0) put(document, ANCESTORS.split("."), ancestors);
  return document;
}

function put(document: EcsDocument, path: readonly string[], value: EcsValue): void {
  let at = document;
  for (const key of path.slice(0, -1)) {
    const inner = (at[key] ??= {});
    if (typeof inner !== "object" || Array.isArray(inner)) throw new TypeError(`${path.join(".")} is below a value`);
    at = inner;
  }
  at[path.at(-1) ?? ""] = value;
}
