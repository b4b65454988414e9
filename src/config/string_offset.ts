import type { Position } from "./positions.js";

/**
 * Where the content of a string begins in a TOML text, so that a place inside it is a place in the file.
 *
 * @param key where its key stands
 * @param value what the parser read
 * @returns undefined if the string has escapes, so that text and value run apart
 */
export function stringOffset(toml: string, key: Position, value: string): number | undefined {
  let lineStart = 0;
  for (let line = 1; line < key.line; line++) lineStart = toml.indexOf("\n", lineStart) + 1;
  const opening = /[^=\n]*=[ \t]*(?:'''\r?\n?|"""\r?\n?|['"])/y;
  opening.lastIndex = lineStart + key.column - 1;
  if (!opening.test(toml)) return undefined;
  return toml.startsWith(value, opening.lastIndex) ? opening.lastIndex : undefined;
}
