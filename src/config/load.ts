import * as v from "valibot";

import { hasCode } from "../errno.js";
import { issueText } from "../toml/issue.js";
import { parseToml, TomlSyntaxError } from "../toml/parse.js";
import { keyPositions, type KeyPath } from "../toml/positions.js";
import { ConfigError, type ConfigProblem } from "./error.js";
import { conditionProblems } from "./exceptions.js";
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
  const value = tomlIn(toml, file);
  const checked = v.safeParse(configSchema, value);
  const positionOf = keyPositions(toml);
  const problems = (checked.issues ?? []).map((issue): ConfigProblem => {
    const path = issue.path?.map((item) => item.key as string | number) ?? [];
    return { file, position: positionOf(path), message: issueText(issue, path, knownKeys) };
  });
  problems.push(...conditionProblems(value, toml, file));
  if (checked.success && problems.length === 0) return checked.output;
  problems.sort((left, right) => order(left) - order(right));
  throw new ConfigError(problems);
}

function tomlIn(text: string, file: string): unknown {
  try {
    return parseToml(text);
  } catch (error) {
    if (!(error instanceof TomlSyntaxError)) throw error;
    throw new ConfigError([{ file, position: error.position, message: error.message }]);
  }
}

function order({ position }: ConfigProblem): number {
  return position === undefined ? 0 : position.line * 10_000 + position.column;
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

function unreadable(error: unknown): string {
  if (error instanceof UntrustedFileError)
    return `${error.message}: the configuration decides what is reported, so it is not read`;
  if (hasCode(error, "ENOENT")) return "there is no such file";
  if (hasCode(error, "EACCES")) return "must not be read by this user";
  return error instanceof Error ? error.message : String(error);
}
