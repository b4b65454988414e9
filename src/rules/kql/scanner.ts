import { ANY_RUN, type WildcardTokens } from "../automaton/wildcard.js";
import { QueryError } from "../error.js";
import type { RangeOperator } from "../range.js";
import type { Literal } from "./tree.js";

export type Keyword = "and" | "or" | "not";

const KEYWORD = /(?:and|or|not)(?=[ \t\r\n\u00a0(]|$)/iy;
const ESCAPED_KEYWORD = /and|or|not/iy;
const SPACE = /[ \t\r\n\u00a0]*/y;
const SPECIAL = new Set('\\():<>"*{}');
const UNICODE_ESCAPE = /u([0-9a-f]{4})/iy;
const SPACE_ESCAPES: Readonly<Record<string, string>> = { t: "\t", r: "\r", n: "\n" };

/** Reads a KQL query's text piece by piece. KQL has no tokens of its own: spaces and words belong to a value. */
export class Scanner {
  #at = 0;

  constructor(readonly text: string) {}

  /** The offset of the next piece, spaces skipped. */
  get offset(): number {
    this.#at = this.#skip(SPACE, this.#at);
    return this.#at;
  }

  isAtEnd(): boolean {
    return this.offset === this.text.length;
  }

  /** Goes past `symbol` if it comes next. */
  accept(symbol: "(" | ")" | "{" | "}" | ":"): boolean {
    const at = this.offset;
    if (this.text[at] !== symbol) return false;
    this.#at = at + 1;
    return true;
  }

  acceptRange(): RangeOperator | undefined {
    const at = this.offset;
    const sign = this.text[at];
    if (sign !== "<" && sign !== ">") return undefined;
    const operator: RangeOperator = this.text[at + 1] === "=" ? `${sign}=` : sign;
    this.#at = at + operator.length;
    return operator;
  }

  /** Goes past the keyword that joins two operands if it comes next. */
  acceptKeyword(keyword: "and" | "or"): boolean {
    const found = this.#keywordAt(this.offset);
    if (found?.keyword !== keyword) return false;
    this.#at = found.end;
    return true;
  }

  /** Goes past `not` where an operand may begin. With nothing behind it, it is a word like any other: `event.action:not`. */
  acceptNot(): boolean {
    const found = this.#keywordAt(this.offset);
    if (found?.keyword !== "not" || this.#endsOperand(found.end)) return false;
    this.#at = found.end;
    return true;
  }

  /** Whether a keyword comes next where only an operand may, and is not itself the last word of one. */
  get atMisplacedKeyword(): boolean {
    const found = this.#keywordAt(this.offset);
    return found !== undefined && !this.#endsOperand(found.end);
  }

  /** A quoted string, or unquoted text up to the next special character or keyword; undefined if neither comes next. */
  literal(): Literal | undefined {
    const offset = this.offset;
    const char = this.text[offset];
    if (char === '"') return this.#quoted(offset);
    if (char === undefined || (SPECIAL.has(char) && char !== "\\" && char !== "*")) return undefined;
    return this.#unquoted(offset);
  }

  fail(offset: number, reason: string): QueryError {
    // The end of the query is behind its last word, not behind the line ends that a file has there.
    if (offset === this.text.length) offset = this.text.trimEnd().length;
    return new QueryError(this.text, offset, reason);
  }

  /** What comes next, for a message. */
  get found(): string {
    const at = this.offset;
    if (at === this.text.length) return "the end of the query";
    const keyword = this.#keywordAt(at)?.keyword;
    return `"${keyword ?? String.fromCodePoint(this.text.codePointAt(at) ?? 0)}"`;
  }

  #quoted(offset: number): Literal {
    let text = "";
    let at = offset + 1;
    for (;;) {
      const char = this.text[at];
      if (char === undefined) throw this.fail(offset, 'this string has no end: expected a closing "');
      if (char === '"') break;
      if (char !== "\\") {
        text += char;
        at++;
        continue;
      }
      const escape = this.#spaceOrUnicodeEscape(at + 1);
      const next = this.text[at + 1];
      if (escape !== undefined) {
        text += escape.text;
        at = escape.end;
      } else if (next === "\\" || next === '"') {
        text += next;
        at += 2;
      } else {
        // Any other backslash inside quotes stands for itself: "C:\Windows".
        text += char;
        at++;
      }
    }
    this.#at = at + 1;
    return { text, offset };
  }

  #unquoted(offset: number): Literal {
    const tokens: (string | typeof ANY_RUN)[] = [];
    let at = offset;
    const add = (text: string): void => {
      const last = tokens.at(-1);
      if (typeof last === "string") tokens[tokens.length - 1] = last + text;
      else tokens.push(text);
    };
    for (;;) {
      const char = this.text[at];
      if (char === undefined) break;
      if (char === "\\") {
        const escape = this.#escape(at);
        add(escape.text);
        at = escape.end;
      } else if (char === "*") {
        if (tokens.at(-1) !== ANY_RUN) tokens.push(ANY_RUN);
        at++;
      } else if (SPECIAL.has(char)) {
        break;
      } else {
        const end = this.#skip(SPACE, at);
        if (end > at && this.#endsLiteral(end)) break;
        const next = end > at ? end : at + 1;
        add(this.text.slice(at, next));
        at = next;
      }
    }
    this.#at = at;
    return literalOf(tokens, offset);
  }

  /** Whether unquoted text, and the spaces behind it, end here. */
  #endsLiteral(at: number): boolean {
    const char = this.text[at];
    if (char === undefined || (SPECIAL.has(char) && char !== "\\" && char !== "*")) return true;
    return this.#keywordAt(at) !== undefined;
  }

  #endsOperand(end: number): boolean {
    const next = this.text[this.#skip(SPACE, end)];
    return next === undefined || next === ")" || next === "}";
  }

  #keywordAt(at: number): { keyword: Keyword; end: number } | undefined {
    KEYWORD.lastIndex = at;
    const keyword = KEYWORD.exec(this.text)?.[0].toLowerCase();
    if (keyword !== "and" && keyword !== "or" && keyword !== "not") return undefined;
    return { keyword, end: at + keyword.length };
  }

  #escape(at: number): { text: string; end: number } {
    const common = this.#spaceOrUnicodeEscape(at + 1);
    if (common !== undefined) return common;
    const next = this.text[at + 1];
    if (next !== undefined && (SPECIAL.has(next) || next === " ")) return { text: next, end: at + 2 };
    ESCAPED_KEYWORD.lastIndex = at + 1;
    const keyword = ESCAPED_KEYWORD.exec(this.text)?.[0];
    if (keyword !== undefined) return { text: keyword, end: at + 1 + keyword.length };
    throw this.fail(
      at,
      'unknown escape: a backslash stands before a space, one of \\ ( ) : < > " * { }, t, r, n, u and four digits, or ' +
        "a keyword; a backslash itself is written \\\\",
    );
  }

  #spaceOrUnicodeEscape(at: number): { text: string; end: number } | undefined {
    const space = SPACE_ESCAPES[this.text[at] ?? ""];
    if (space !== undefined) return { text: space, end: at + 1 };
    UNICODE_ESCAPE.lastIndex = at;
    const digits = UNICODE_ESCAPE.exec(this.text)?.[1];
    return digits === undefined ? undefined : { text: String.fromCharCode(parseInt(digits, 16)), end: at + 5 };
  }

  #skip(pattern: RegExp, at: number): number {
    pattern.lastIndex = at;
    return pattern.test(this.text) ? pattern.lastIndex : at;
  }
}

function literalOf(tokens: WildcardTokens, offset: number): Literal {
  const text = tokens.map((token) => (typeof token === "string" ? token : "*")).join("");
  return tokens.includes(ANY_RUN) ? { text, pattern: tokens, offset } : { text, offset };
}
