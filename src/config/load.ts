import { parse, TomlError } from "smol-toml";
import * as v from "valibot";

import { hasCode } from "../errno.js";
import { ConfigError, type ConfigProblem } from "./error.js";
import { conditionProblems } from "./exceptions.js";
import { nearestName } from "./nearest.js";
import { keyPositions, type KeyPath } from "./positions.js";
import { configSchema, type Config } from "./schema.js";
import { readTrusted, UntrustedFileError } from "./trusted.js";

export const DEFAULT_CONFIG_PATH = "/etc/wallwatch/wallwatch.toml";

export interface LoadedConfig {
  readonly config: Config;
  /** The file it was read from; undefined where there is none and all is at its default. */
  readonly path: string | undefined;
}

/**
 * Reads the configuration.
 *
 * @param path the file that was asked for; undefined for the default one, which may be missing
 * @throws {ConfigError} naming everything that is wrong with the file
 */
export async function loadConfig(path?: string): Promise<LoadedConfig> {
  const file = path ?? DEFAULT_CONFIG_PATH;
  let toml: string;
  try {
    toml = await readTrusted(file);
  } catch (error) {
    if (path === undefined && hasCode(error, "ENOENT")) return { config: parseConfig("", file), path: undefined };
    throw new ConfigError([{ file, position: undefined, message: unreadable(error) }]);
  }
  return { config: parseConfig(toml, file), path: file };
}

/**
 * The configuration in a TOML text, with the defaults for what it leaves out.
 *
 * @param file its name, for errors
 * @throws {ConfigError}
 */
export function parseConfig(toml: string, file: string): Config {
  const checked = v.safeParse(configSchema, parseToml(toml, file));
  const positionOf = keyPositions(toml);
  if (checked.success) {
    const wrong = conditionProblems(checked.output.exceptions, toml, file);
    if (wrong.length > 0) throw new ConfigError(wrong);
    return checked.output;
  }
  const problems = checked.issues.map((issue): ConfigProblem => {
    const path = issue.path?.map((item) => item.key as string | number) ?? [];
    return { file, position: positionOf(path), message: describe(issue, path) };
  });
  problems.sort((left, right) => order(left) - order(right));
  throw new ConfigError(problems);
}

function parseToml(toml: string, file: string): unknown {
  try {
    return parse(toml);
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    // The message goes on with an excerpt of the file.
    const reason = error.message.split("\n")[0]?.replace("Invalid TOML document: ", "") ?? "";
    const position = { line: error.line, column: error.column };
    throw new ConfigError([{ file, position, message: `this is not TOML: ${reason}` }]);
  }
}

function order({ position }: ConfigProblem): number {
  return position === undefined ? 0 : position.line * 10_000 + position.column;
}

function describe(issue: v.BaseIssue<unknown>, path: KeyPath): string {
  const name = path
    .map((key) => (typeof key === "number" ? `[${key}]` : `.${key}`))
    .join("")
    .replace(/^\./, "");
  if (issue.type === "strict_object" && issue.expected === "never") {
    const known = knownKeys(path.slice(0, -1));
    const nearest = nearestName(String(path.at(-1)), known);
    return `there is no key ${name}; ${nearest === undefined ? `known here: ${known.join(", ")}` : `did you mean ${nearest}?`}`;
  }
  if (issue.type === "strict_object" && issue.received === "undefined") return `${name} is missing`;
  if (issue.type === "picklist")
    return `${name} must be one of ${issue.expected?.replaceAll(" | ", ", ").replace(/^\((.*)\)$/, "$1") ?? ""}, not ${issue.received}`;
  if (issue.kind === "schema" && issue.message.startsWith("Invalid")) {
    return `${name} must be ${typeName(issue.expected ?? "")}, not ${issue.received}`;
  }
  return `${name} ${issue.message}`;
}

/** The keys of the table at `path`. */
function knownKeys(path: KeyPath): string[] {
  let schema: unknown = configSchema;
  for (const key of path) {
    schema = unwrap(typeof key === "number" ? itemOf(schema) : (entriesOf(schema)?.[key] ?? valueOf(schema)));
  }
  return Object.keys(entriesOf(schema) ?? {});
}

function entriesOf(schema: unknown): Record<string | number, unknown> | undefined {
  if (typeof schema !== "object" || schema === null || !("entries" in schema)) return undefined;
  return schema.entries as Record<string, unknown>;
}

function itemOf(schema: unknown): unknown {
  return typeof schema === "object" && schema !== null && "item" in schema ? schema.item : undefined;
}

/** The schema of each value of a table whose names are the administrator's. */
function valueOf(schema: unknown): unknown {
  return typeof schema === "object" && schema !== null && "value" in schema ? schema.value : undefined;
}

function unwrap(schema: unknown): unknown {
  return typeof schema === "object" && schema !== null && "wrapped" in schema ? schema.wrapped : schema;
}

const TYPE_NAMES: Readonly<Record<string, string>> = {
  string: "a string",
  number: "a number",
  boolean: "true or false",
  Array: "an array",
  Object: "a table",
};

function typeName(expected: string): string {
  return TYPE_NAMES[expected] ?? expected;
}

function unreadable(error: unknown): string {
  if (error instanceof UntrustedFileError)
    return `${error.message}: the configuration decides what is reported, so it is not read`;
  if (hasCode(error, "ENOENT")) return "there is no such file";
  if (hasCode(error, "EACCES")) return "must not be read by this user";
  return error instanceof Error ? error.message : String(error);
}
