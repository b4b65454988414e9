import type { HostContext } from "../host/context.js";
import type { ExecEvent } from "../process/event.js";
import { ANCESTORS, ancestorDocuments } from "./ancestors.js";
import { EXEC_FIELDS, type ExecField } from "./fields.js";

/** An ECS document, nested, as JSON. */
export interface EcsDocument {
  [field: string]: EcsValue;
}
export type EcsValue = string | number | boolean | EcsValue[] | EcsDocument;

type Leaf = (event: ExecEvent, host: HostContext) => EcsValue | undefined;

/** The document's shape: each key leads to a value or to an object. */
type Shape = Map<string, Leaf | Shape>;

const SHAPE = shapeOf(leaves());

/** The event as an ECS document: every field of EXEC_FIELDS that has a value. */
export function toDocument(event: ExecEvent, host: HostContext): EcsDocument {
  return fill(SHAPE, event, host) ?? {};
}

function fill(shape: Shape, event: ExecEvent, host: HostContext): EcsDocument | undefined {
  let document: EcsDocument | undefined;
  for (const [key, inner] of shape) {
    const value = typeof inner === "function" ? inner(event, host) : fill(inner, event, host);
    if (value !== undefined) (document ??= {})[key] = value;
  }
  return document;
}

function* leaves(): Generator<readonly [name: string, leaf: Leaf]> {
  for (const [name, field] of EXEC_FIELDS) {
    if (!name.startsWith(`${ANCESTORS}.`)) yield [name, leaf(field)];
  }
  yield [ANCESTORS, (event) => nonEmpty(ancestorDocuments(event))];
}

function leaf(field: ExecField): Leaf {
  return (event, host) => {
    const values = field(event, host);
    return typeof values === "object" ? nonEmpty([...values]) : values;
  };
}

function nonEmpty(values: EcsValue[]): EcsValue[] | undefined {
  return values.length === 0 ? undefined : values;
}

function shapeOf(all: Iterable<readonly [name: string, leaf: Leaf]>): Shape {
  const shape: Shape = new Map();
  for (const [name, leaf] of all) {
    const keys = name.split(".");
    const last = keys.pop() ?? name;
    let at = shape;
    for (const key of keys) {
      const inner = at.get(key) ?? new Map<string, Leaf | Shape>();
      if (typeof inner === "function") throw new TypeError(`${name} is below a value`);
      at.set(key, inner);
      at = inner;
    }
    at.set(last, leaf);
  }
  return shape;
}
