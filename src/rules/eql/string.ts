import { QueryError } from "../error.js";
import type { Token } from "./token.js";

/*
 *   string  = '"' { escape | any but '"', "\", CR, LF } '"'
 *           | '"""' { any but CR, LF } '"""' [ '"' [ '"' ] ]      raw; it may end in one or two quotes of its own
 *   escape  = "\" ( "b" | "t" | "n" | "f" | "r" | '"' | "'" | "\" ) | "\u{" 2 to 8 hexadecimal digits "}"
 *
 * '…', ?"…" and ?'…' are forms of old; Elasticsearch refuses them, and says what to write instead.
 */
const RAW_QUOTES = '"""';
const OLD_FORM = /\?["']|'/y;
const ESCAPES: Readonly<Record<string, string>> = {
  b: "\b",
  t: "\t",
  n: "\n",
  f: "\f",
  r: "\r",
  '"': '"',
  "'": "'",
  "\\": "\\",
};

export function startsString(text: string, offset: number): boolean {
  OLD_FORM.lastIndex = offset;
  return text[offset] === '"' || OLD_FORM.test(text);
}

/** Reads the string that starts at `offset`. @throws QueryError */
export function readString(text: string, offset: number): Token {
  if (text[offset] === "'") {
    throw new QueryError(text, offset, `use double quotes (") for strings, not single quotes (')`);
  }
  if (text[offset] === "?")
    throw new QueryError(text, offset, `use triple double quotes (""") for raw strings, not ?"`);
  const raw = readRaw(text, offset);
  if (raw === undefined && text.startsWith(RAW_QUOTES, offset)) {
    throw new QueryError(text, offset, `this raw string has no end; expected ${RAW_QUOTES} on the same line`);
  }
  return raw ?? readEscaped(text, offset);
}

/**
 * Where a character of a string stands in the query.
 *
 * @param offset of the string's first quote
 * @param index into the string itself, in UTF-16 code units
 */
export function offsetInString(text: string, offset: number, index: number): number {
  if (readRaw(text, offset) !== undefined) return offset + RAW_QUOTES.length + index;
  let at = offset + 1;
  for (let left = index; left > 0;) {
    const [char, end] = readChar(text, at);
    left -= char.length;
    at = end;
  }
  return at;
}

function readRaw(text: string, offset: number): Token | undefined {
  if (!text.startsWith(RAW_QUOTES, offset)) return undefined;
  const start = offset + RAW_QUOTES.length;
  let close = text.indexOf(RAW_QUOTES, start);
  const raw = text.slice(start, close);
  if (close < 0 || /[\r\n]/.test(raw)) return undefined;
  for (let extra = 0; extra < 2 && text[close + RAW_QUOTES.length] === '"'; extra++) close++;
  return { kind: "string", text: text.slice(start, close), offset, end: close + RAW_QUOTES.length };
}

function readEscaped(text: string, offset: number): Token {
  let value = "";
  let at = offset + 1;
  while (text[at] !== '"') {
    if (at >= text.length || text[at] === "\n" || text[at] === "\r") {
      throw new QueryError(text, offset, "this string has no end; expected a double quote on the same line");
    }
    const [char, end] = readChar(text, at);
    value += char;
    at = end;
  }
  return { kind: "string", text: value, offset, end: at + 1 };
}

/** One character of a string, its escape resolved, and the offset behind it. */
function readChar(text: string, at: number): [string, number] {
  const char = text[at] ?? "";
  if (char !== "\\") return [char, at + 1];
  const letter = text[at + 1] ?? "";
  const escaped = ESCAPES[letter];
  if (escaped !== undefined) return [escaped, at + 2];
  if (letter === "u") return readUnicode(text, at);
  throw new QueryError(
    text,
    at,
    `unknown escape \\${letter}; expected \\n, \\r, \\t, \\b, \\f, \\\\, \\", \\u{…}, or a raw string in """`,
  );
}

function readUnicode(text: string, at: number): [string, number] {
  const [all, digits] = /^\\u\{([0-9A-Fa-f]{2,8})\}/.exec(text.slice(at, at + 12)) ?? [];
  if (all === undefined || digits === undefined) {
    throw new QueryError(text, at, "expected two to eight hexadecimal digits, such as \\u{1F600}");
  }
  const code = parseInt(digits, 16);
  if (code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) {
    throw new QueryError(text, at, `${digits} is the number of no character`);
  }
  return [String.fromCodePoint(code), at + all.length];
}
