import { basename } from "node:path";

import { isJsonObject } from "../json.js";
import { type JsonDocument, unwrapHit } from "./document.js";
import type { Query } from "./query.js";
import type { Example } from "./rule.js";
import type { ExampleContent } from "./schema.js";

/** Levels of an example's event. */
const MAX_DEPTH = 100;
const TOO_DEEP = `is nested deeper than ${MAX_DEPTH} levels`;

/** An example that says nothing that can be tried. `key` is the one at fault. */
export class ExampleError extends Error {
  override readonly name = "ExampleError";

  constructor(
    readonly key: keyof ExampleContent,
    message: string,
  ) {
    super(message);
  }
}

/** @throws {ExampleError} */
export function toExample({ name, match, event, exec, parent }: ExampleContent): Example {
  if (exec === undefined) {
    if (event === undefined)
      throw new ExampleError("name", "stands without an event: give one, or exec with an argument list");
    if (parent !== undefined) throw new ExampleError("parent", "stands only beside exec");
    return { name, match, event: toDocument(event) };
  }
  const started = execDocument(exec, parent);
  return { name, match, event: event === undefined ? started : overlay(started, toDocument(event)) };
}

export interface ExampleResult {
  readonly example: Example;
  /** What the rule answered; as promised if it equals `example.match`. */
  readonly matched: boolean;
}

export function tryExamples(examples: readonly Example[], query: Query<JsonDocument>): ExampleResult[] {
  return examples.map((example) => ({ example, matched: query.matches(example.event) }));
}

/** The event of a program that starts on a Linux host. */
function execDocument(exec: readonly string[], parent: readonly string[] | undefined): JsonDocument {
  return {
    event: { kind: "event", category: ["process"], type: ["start"], action: "exec" },
    host: { os: { type: "linux" } },
    process: { ...processFields(exec), ...(parent === undefined ? {} : { parent: processFields(parent) }) },
  };
}

function processFields(args: readonly string[]): JsonDocument {
  const [program = ""] = args;
  return {
    name: basename(program),
    ...(program.startsWith("/") ? { executable: program } : {}),
    args,
    args_count: args.length,
    command_line: args.join(" "),
  };
}

function toDocument(event: string | Readonly<Record<string, unknown>>): JsonDocument {
  if (typeof event !== "string" && isDeeperThan(event, MAX_DEPTH)) throw new ExampleError("event", TOO_DEEP);
  // A TOML date becomes the string that a JSON document would have.
  const json = typeof event === "string" ? event : JSON.stringify(event);
  let document: unknown;
  try {
    document = JSON.parse(json);
  } catch (error) {
    throw new ExampleError("event", `is not JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
  if (!isJsonObject(document)) throw new ExampleError("event", "must be a JSON object");
  if (isDeeperThan(document, MAX_DEPTH)) throw new ExampleError("event", TOO_DEEP);
  return unwrapHit(document);
}

/** Whether objects and arrays lie deeper within each other; a dotted key counts as what it stands for. */
function isDeeperThan(value: unknown, depth: number): boolean {
  if (depth < 0) return true;
  if (typeof value !== "object" || value === null) return false;
  return Object.entries(value).some(([key, below]) => isDeeperThan(below, depth - key.split(".").length));
}

/**
 * `base`, of which all keys are nested, with what `over` says in its place; objects are joined, everything else is replaced.
 * A dotted key of `over` is nested too: beside what it is to replace it would be a further value of the same field.
 */
function overlay(base: JsonDocument, over: JsonDocument): JsonDocument {
  const joined: Record<string, unknown> = { ...base };
  for (const [name, value] of Object.entries(over)) {
    const [key = "", ...path] = name.split(".");
    const put = path.reduceRight((inner: unknown, part) => ({ [part]: inner }), value);
    if (!isJsonObject(put)) joined[key] = put;
    else {
      const below = joined[key];
      joined[key] = overlay(isJsonObject(below) ? below : {}, put);
    }
  }
  return joined;
}
