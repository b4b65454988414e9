import { parse, TomlError } from "smol-toml";

import { positionAt, type Position } from "./positions.js";

/** A text that is not TOML. The message is a sentence without a full stop. */
export class TomlSyntaxError extends Error {
  override readonly name = "TomlSyntaxError";

  constructor(
    message: string,
    readonly position: Position,
  ) {
    super(message);
  }
}

/** @throws {TomlSyntaxError} */
export function parseToml(text: string): unknown {
  // What stands in place of bytes that are no text: what was meant is not known, and nothing would tell of it.
  const damaged = text.indexOf("\uFFFD");
  if (damaged >= 0) throw new TomlSyntaxError("this is not UTF-8", positionAt(text, damaged));
  try {
    return parse(text);
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    // The message goes on with an excerpt of the file.
    const reason = error.message.split("\n")[0]?.replace("Invalid TOML document: ", "") ?? "";
    throw new TomlSyntaxError(`this is not TOML: ${reason}`, { line: error.line, column: error.column });
  }
}
