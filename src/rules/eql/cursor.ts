import { QueryError } from "../error.js";
import { MAX_NESTING, MAX_QUERY_LENGTH, MAX_VALUES } from "./limits.js";
import { tokenize } from "./lexer.js";
import { describe, hintAt, type Token } from "./token.js";

/** A place in the tokens of a query, and the ways to go on from it. Every error has its place in the text. */
export class Cursor {
  readonly text: string;
  readonly #tokens: readonly Token[];
  readonly #last: Token;
  #at = 0;
  #depth = 0;

  /** @throws QueryError */
  constructor(text: string) {
    if (text.length > MAX_QUERY_LENGTH) {
      throw new QueryError(text, MAX_QUERY_LENGTH, `the query is longer than ${MAX_QUERY_LENGTH} characters`);
    }
    this.text = text;
    this.#tokens = tokenize(text);
    this.#last = this.#tokens.at(-1) ?? { kind: "end", text: "", offset: 0, end: 0 };
  }

  peek(ahead = 0): Token {
    return this.#tokens[this.#at + ahead] ?? this.#last;
  }

  next(): Token {
    const token = this.peek();
    this.#at++;
    return token;
  }

  /** Whether the token is one of these keywords or operators. */
  sees(texts: readonly string[], ahead = 0): boolean {
    const { kind, text } = this.peek(ahead);
    return (kind === "keyword" || kind === "operator") && texts.includes(text);
  }

  /** Goes on if the token is this keyword or operator. */
  take(text: string): boolean {
    if (!this.sees([text])) return false;
    this.#at++;
    return true;
  }

  expect(text: string, purpose = ""): Token {
    if (!this.sees([text])) throw this.unexpected(`\`${text}\`${purpose}`);
    return this.next();
  }

  /** One or more, with commas between. */
  list<T>(read: () => T): T[] {
    const items = [read()];
    while (this.take(",")) {
      if (items.length >= MAX_VALUES) throw this.error(`more than ${MAX_VALUES} values`, this.peek());
      if (this.sees([")"])) throw this.unexpected("another value after the comma");
      items.push(read());
    }
    return items;
  }

  /** Runs `read` one level deeper. */
  nested<T>(read: () => T): T {
    if (++this.#depth > MAX_NESTING) throw this.error(`nested more than ${MAX_NESTING} deep`, this.peek());
    const result = read();
    this.#depth--;
    return result;
  }

  error(reason: string, { offset }: { readonly offset: number }): QueryError {
    return new QueryError(this.text, offset, reason);
  }

  /** @param expected what may stand here */
  unexpected(expected: string): QueryError {
    const token = this.peek();
    return this.error(`unexpected ${describe(token)}; expected ${expected}${hintAt(token)}`, token);
  }
}
