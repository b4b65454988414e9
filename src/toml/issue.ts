import type * as v from "valibot";

import { nearestName } from "./nearest.js";
import type { KeyPath } from "./positions.js";

/** What valibot calls a type, in TOML's words. */
const TYPE_NAMES: Readonly<Record<string, string>> = {
  string: "a string",
  number: "a number",
  boolean: "true or false",
  Array: "an array",
  Object: "a table",
  // TOML has no null; a table has no prototype, of which valibot makes this.
  null: "a table",
  TomlDate: "a date",
};

/**
 * What is wrong with a value of a TOML file: a sentence without a full stop that begins with the key.
 *
 * @param path where the value stands
 * @param knownKeys the keys that a table may have
 */
export function issueText(
  issue: v.BaseIssue<unknown>,
  path: KeyPath,
  knownKeys: (table: KeyPath) => readonly string[],
): string {
  const name = keyName(path);
  if (issue.type === "strict_object" && issue.expected === "never") {
    const known = knownKeys(path.slice(0, -1));
    const nearest = nearestName(String(path.at(-1)), known);
    return `there is no key ${name}; ${nearest === undefined ? `known here: ${known.join(", ")}` : `did you mean ${nearest}?`}`;
  }
  // A message of our own says it all.
  if (!issue.message.startsWith("Invalid")) return `${name} ${issue.message}`;
  if (issue.received === "undefined") return `${name} is missing`;
  const expected = issue.expected?.replaceAll(" | ", ", ").replace(/^\((.*)\)$/, "one of $1") ?? "something else";
  return `${name} must be ${typeName(expected)}, not ${typeName(issue.received)}`;
}

/** `sinks.siem.hosts[0]` */
function keyName(path: KeyPath): string {
  return path
    .map((key) => (typeof key === "number" ? `[${key}]` : `.${key}`))
    .join("")
    .replace(/^\./, "");
}

function typeName(name: string): string {
  return TYPE_NAMES[name] ?? name;
}
