import { isDeepStrictEqual } from "node:util";

import { isJsonObject } from "../json.js";
import type { Config } from "./schema.js";

/** What a running agent takes over when it is told to read its configuration again. */
const RELOADED: ReadonlySet<string> = new Set<keyof Config>([
  "tags",
  "labels",
  "rules",
  "cap",
  "exceptions",
  "redaction",
  "diagnostics",
]);

/** The keys (`log.path`) whose values differ and take effect only with a restart, sorted. */
export function keysForRestart(before: Config, after: Config): readonly string[] {
  return changedKeys(before, after, "")
    .filter((key) => !RELOADED.has(key.split(".")[0] ?? ""))
    .sort();
}

function changedKeys(before: object, after: object, prefix: string): string[] {
  const [old, now] = [new Map(Object.entries(before)), new Map(Object.entries(after))];
  return [...new Set([...old.keys(), ...now.keys()])].flatMap((name) => {
    const values = [old.get(name), now.get(name)] as const;
    const key = `${prefix}${name}`;
    if (isJsonObject(values[0]) && isJsonObject(values[1])) return changedKeys(values[0], values[1], `${key}.`);
    return isDeepStrictEqual(values[0], values[1]) ? [] : [key];
  });
}
