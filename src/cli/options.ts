import { parseArgs, type ParseArgsConfig } from "node:util";

import { LANES, type Lane } from "../config/schema.js";
import { CommandError, EXIT } from "./exit.js";

/**
 * Options and operands of a command by `node:util`, with its complaints as usage errors.
 *
 * @param command the command's name, to point at its help
 * @throws {CommandError} with EXIT.usage: an unknown option, a value missing or not wanted, an operand not wanted
 */
export function parseOptions<T extends ParseArgsConfig>(
  command: string,
  args: readonly string[],
  config: T,
): ReturnType<typeof parseArgs<T>> {
  try {
    return parseArgs<T>({ ...config, args: [...args] });
  } catch (error) {
    if (!isParseArgsError(error)) throw error;
    // Node adds advice about `--` after the first sentence; it is no help with these options.
    const sentence = error.message.split(/\. (?=To )/)[0] ?? error.message;
    throw new CommandError(EXIT.usage, endSentence(sentence), `See "wallwatch ${command} --help".`);
  }
}

/** @throws {CommandError} with EXIT.usage where there is no lane of that name */
export function toLane(name: string): Lane {
  const lane = LANES.find((known) => known === name);
  if (lane !== undefined) return lane;
  throw new CommandError(EXIT.usage, `There is no lane "${name}": it is auto, kernel or proc.`);
}

function isParseArgsError(error: unknown): error is Error {
  return error instanceof TypeError && "code" in error && String(error.code).startsWith("ERR_PARSE_ARGS_");
}

function endSentence(text: string): string {
  return text.endsWith(".") ? text : `${text}.`;
}
