import { printable } from "../printable.js";

/** The widest piece of a source line that an error shows; a longer line is cut around the position. */
const MAX_EXCERPT = 120;

export interface QueryPosition {
  /** Index into the query text, in UTF-16 code units, from 0. */
  readonly offset: number;
  /** From 1. */
  readonly line: number;
  /** From 1, in UTF-16 code units. */
  readonly column: number;
}

/** A query that cannot be compiled: what is wrong, where, and the line with a caret below the place. */
export class QueryError extends Error implements QueryPosition {
  override readonly name: string = "QueryError";
  readonly offset: number;
  readonly line: number;
  readonly column: number;
  /** What is wrong and what was expected, in one sentence without the position. */
  readonly reason: string;
  /** The line of the query and, below it, a caret: two lines. */
  readonly excerpt: string;

  /**
   * @param text the whole query
   * @param offset where in `text` it is wrong; `text.length` for its end
   * @param reason what is wrong and what was expected
   */
  constructor(text: string, offset: number, reason: string) {
    const position = positionAt(text, offset);
    const excerpt = excerptAt(text, position);
    const shown = printable(reason);
    super(`line ${position.line}, column ${position.column}: ${shown}\n${excerpt}`);
    this.offset = position.offset;
    this.line = position.line;
    this.column = position.column;
    this.reason = shown;
    this.excerpt = excerpt;
  }
}

/** A query that is well formed but asks for what is not evaluated here, such as a sequence. */
export class UnsupportedQuery extends QueryError {
  override readonly name = "UnsupportedQuery";
}

/** Line and column of an offset; `\n`, `\r\n` and `\r` end a line. */
export function positionAt(text: string, offset: number): QueryPosition {
  const at = Math.min(Math.max(offset, 0), text.length);
  let line = 1;
  let start = 0;
  for (let index = 0; index < at; index++) {
    const char = text[index];
    if (char === "\n" || (char === "\r" && text[index + 1] !== "\n")) {
      line++;
      start = index + 1;
    }
  }
  return { offset: at, line, column: at - start + 1 };
}

/** The line of a place whose lines end with `\n` alone, and below it a caret: two lines. */
export function excerptOf(text: string, { line, column }: Pick<QueryPosition, "line" | "column">): string {
  let start = 0;
  for (let left = line; left > 1; left--) start = text.indexOf("\n", start) + 1;
  return excerptAt(text, positionAt(text, start + column - 1));
}

function excerptAt(text: string, { offset, column }: QueryPosition): string {
  const lineStart = offset - column + 1;
  const rest = text.slice(lineStart);
  const lineEnd = rest.search(/[\r\n]/);
  const line = inPlace(lineEnd < 0 ? rest : rest.slice(0, lineEnd));
  const from =
    line.length <= MAX_EXCERPT ? 0 : Math.min(Math.max(0, column - MAX_EXCERPT / 2), line.length - MAX_EXCERPT);
  const to = Math.min(line.length, from + MAX_EXCERPT);
  const shown = `${from > 0 ? "…" : ""}${line.slice(from, to)}${to < line.length ? "…" : ""}`;
  const indent = blank(line.slice(from, column - 1));
  return `  ${shown.replace(/\p{Cs}/gu, "\ufffd")}\n  ${from > 0 ? " " : ""}${indent}^`;
}

/** What a terminal shows in two columns: most of East Asia's characters, and pictures. */
const WIDE =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Emoji_Presentation}\u3001-\u303e\uff01-\uff60]/gu;

/** As wide as the text, and blank. A tab stays one, so that it ends at the same column wherever tab stops are. */
function blank(text: string): string {
  return text.replace(/\p{M}/gu, "").replace(WIDE, "  ").replace(/[^\t]/gu, " ");
}

/** What must not reach a terminal as it is, with something as wide in its place; a tab stays one. */
function inPlace(line: string): string {
  return line.replace(/[^\t\P{Cc}]|[\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu, (char) => "\ufffd".repeat(char.length));
}
