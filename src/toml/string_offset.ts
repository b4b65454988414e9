import type { Position } from "./positions.js";

const OPENING = /[^=\n]*=[ \t]*(?:('''|""")(?:\r?\n)?|(['"]))/y;
/** An escape of a basic string; a backslash at the end of a line stands for nothing, and so do the blanks that follow. */
const ESCAPE = /\\(?:u([\dA-Fa-f]{4})|U([\dA-Fa-f]{8})|x([\dA-Fa-f]{2})|([btnfre"\\])|[ \t]*\r?\n[ \t\r\n]*)/y;
const ESCAPED: Readonly<Record<string, string>> = {
  b: "\b",
  t: "\t",
  n: "\n",
  f: "\f",
  r: "\r",
  e: "\u001b",
  '"': '"',
  "\\": "\\",
};

/**
 * Where a character of a string stands in a TOML text, so that a place inside the string is a place in the file.
 *
 * @param key where its key stands
 * @param value what the parser read
 * @param index into `value`; its length for what is behind it
 * @returns undefined if no such string stands at the key
 */
export function stringOffset(toml: string, key: Position, value: string, index: number): number | undefined {
  let lineStart = 0;
  for (let line = 1; line < key.line; line++) lineStart = toml.indexOf("\n", lineStart) + 1;
  OPENING.lastIndex = lineStart + key.column - 1;
  const [opening, long, short] = OPENING.exec(toml) ?? [];
  if (opening === undefined) return undefined;
  const isRaw = (long ?? short)?.startsWith("'") === true;
  return offsetFrom(toml, lineStart + key.column - 1 + opening.length, isRaw, value, index);
}

/** @param start where the string's content begins */
function offsetFrom(toml: string, start: number, isRaw: boolean, value: string, index: number): number | undefined {
  let at = start;
  let found: number | undefined;
  for (let read = 0; read < value.length;) {
    const [char, length] = isRaw ? [toml[at] ?? "", 1] : readChar(toml, at);
    if (!value.startsWith(char, read) || at >= toml.length) return undefined;
    if (index < read + char.length) found ??= at;
    at += length;
    read += char.length;
  }
  return found ?? at;
}

/** A character of a basic string, empty for one that stands for nothing, and how long it is in the text. */
function readChar(toml: string, at: number): [string, number] {
  ESCAPE.lastIndex = at;
  const [all, short, long, byte, letter] = ESCAPE.exec(toml) ?? [];
  if (all === undefined) return [toml[at] ?? "", 1];
  if (letter !== undefined) return [ESCAPED[letter] ?? "", all.length];
  const digits = short ?? long ?? byte;
  return [digits === undefined ? "" : String.fromCodePoint(parseInt(digits, 16)), all.length];
}
