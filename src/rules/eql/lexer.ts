import { QueryError } from "../error.js";
import { readString, startsString } from "./string.js";
import { CHARACTER_HINTS, KEYWORDS, OPERATORS, type Token } from "./token.js";

/*
 * Tokens, after Elasticsearch's EQL:
 *
 *   name     = ( letter | "_" | "@" ) { letter | digit | "_" } [ "~" ]
 *            | "`" { any but "`" | "``" } "`"
 *   number   = digits [ "." [ digits ] ] [ exponent ] | "." digits [ exponent ]
 *   string   = see string.ts
 *   comment  = "//" to the end of the line | "/" "*" to the first "*" "/"
 *
 * A letter is an ASCII one.
 */
const SPACE = /[ \t\r\n]+/y;
const LINE_COMMENT = /\/\/[^\r\n]*/y;
const NAME = /[A-Za-z_@][A-Za-z0-9_]*/y;
const NUMBER = /(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?/y;

/** Splits a query into tokens; the last is of kind "end". @throws QueryError */
export function tokenize(text: string): Token[] {
  const tokens: Token[] = [];
  let offset = skipSpace(text, 0);
  while (offset < text.length) {
    const token = readToken(text, offset);
    tokens.push(token);
    offset = skipSpace(text, token.end);
  }
  tokens.push({ kind: "end", text: "", offset: text.length, end: text.length });
  return tokens;
}

/** The offset of what comes after blanks and comments. */
function skipSpace(text: string, offset: number): number {
  let at = offset;
  for (;;) {
    const space = matchAt(SPACE, text, at) ?? matchAt(LINE_COMMENT, text, at);
    if (space !== undefined) {
      at += space.length;
    } else if (text.startsWith("/*", at)) {
      const end = text.indexOf("*/", at + 2);
      if (end < 0) throw new QueryError(text, at, "this comment has no end; expected `*/`");
      at = end + 2;
    } else return at;
  }
}

function readToken(text: string, offset: number): Token {
  if (startsString(text, offset)) return readString(text, offset);
  if (text[offset] === "`") return readQuotedName(text, offset);
  const name = matchAt(NAME, text, offset);
  if (name !== undefined) return nameOrKeyword(text, offset, name);
  const number = matchAt(NUMBER, text, offset);
  if (number !== undefined) return readNumber(text, offset, number);
  const operator = OPERATORS.find((candidate) => text.startsWith(candidate, offset));
  if (operator !== undefined) return { kind: "operator", text: operator, offset, end: offset + operator.length };
  const char = String.fromCodePoint(text.codePointAt(offset) ?? 0);
  throw new QueryError(text, offset, `unexpected character ${JSON.stringify(char)}${CHARACTER_HINTS.get(char) ?? ""}`);
}

function nameOrKeyword(text: string, offset: number, name: string): Token {
  const tilde = text[offset + name.length] === "~" && /^[A-Za-z]/.test(name);
  const word = tilde ? `${name}~` : name;
  const end = offset + word.length;
  if (KEYWORDS.has(word)) return { kind: "keyword", text: word, offset, end };
  return { kind: "name", text: name, quoted: false, tilde, offset, end };
}

function readQuotedName(text: string, offset: number): Token {
  let close = text.indexOf("`", offset + 1);
  while (close >= 0 && text[close + 1] === "`") close = text.indexOf("`", close + 2);
  if (close < 0) throw new QueryError(text, offset, "this name has no end; expected a backtick");
  const name = text.slice(offset + 1, close).replaceAll("``", "`");
  if (name === "") throw new QueryError(text, offset, "expected a name between the backticks");
  return { kind: "name", text: name, quoted: true, tilde: false, offset, end: close + 1 };
}

function readNumber(text: string, offset: number, number: string): Token {
  const value = Number(number);
  if (!Number.isFinite(value)) throw new QueryError(text, offset, `the number ${number} is too large`);
  return {
    kind: "number",
    text: number,
    value,
    decimal: /[.eE]/.test(number),
    offset,
    end: offset + number.length,
  };
}

function matchAt(pattern: RegExp, text: string, offset: number): string | undefined {
  pattern.lastIndex = offset;
  return pattern.exec(text)?.[0];
}
