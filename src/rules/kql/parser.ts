import { UnsupportedQuery } from "../error.js";
import { Scanner } from "./scanner.js";
import type { KqlNode, Literal } from "./tree.js";

/** UTF-16 code units. The longest of Elastic's published rules has some 10,000. */
export const MAX_QUERY_LENGTH = 262_144;
/** Parentheses, braces and `not`s within each other. */
export const MAX_DEPTH = 100;
/** Names of fields and values together. */
export const MAX_VALUES = 10_000;

/**
 * KQL as Kibana and Elasticsearch read it. Keywords are in any case.
 *
 *     query     = [ or ] ;                                 (* nothing: every event *)
 *     or        = and, { "or", and } ;
 *     and       = not, { "and", not } ;
 *     not       = "not", not | operand ;
 *     operand   = "(", or, ")" | nested | range | is | "*" ;
 *     nested    = literal, ":", "{", or, "}" ;
 *     range     = literal, ( "<=" | ">=" | "<" | ">" ), literal ;
 *     is        = literal, ":", ( "(", or-values, ")" | literal ) ;
 *     or-values = and-values, { "or", and-values } ;
 *     and-values = not-values, { "and", not-values } ;
 *     not-values = "not", not-values | "(", or-values, ")" | literal ;
 *     literal   = '"', { character | escape }, '"' | word, { space, word } ;
 *     word      = ( character | escape | "*" ), { character | escape | "*" } ;
 *
 * A character of a word is none of `\ ( ) : < > " * { }` and no space, and words that follow each other are one literal,
 * the spaces between them included, up to a keyword between spaces. Escapes: `\t \r \n`, `\u` and four hexadecimal digits,
 * and in quotes `\\ \"` (any other backslash there stands for itself); outside, a backslash before a special character, a
 * space or a keyword.
 *
 * @throws {QueryError} where the text is no KQL or beyond the bounds
 * @throws {UnsupportedQuery} for free text: a value without a field
 */
export function parseKql(text: string): KqlNode {
  return new Parser(text).parse();
}

class Parser {
  readonly #scanner: Scanner;
  #depth = 0;
  #literals = 0;

  constructor(text: string) {
    this.#scanner = new Scanner(text);
  }

  parse(): KqlNode {
    const scanner = this.#scanner;
    if (scanner.text.length > MAX_QUERY_LENGTH) {
      throw scanner.fail(MAX_QUERY_LENGTH, `the query is longer than ${MAX_QUERY_LENGTH} characters`);
    }
    if (scanner.isAtEnd()) return { kind: "everything" };
    const query = this.#or();
    if (!scanner.isAtEnd()) {
      throw scanner.fail(scanner.offset, `expected "and", "or" or the end of the query, found ${scanner.found}`);
    }
    return query;
  }

  #or(): KqlNode {
    return this.#joined("or", () => this.#joined("and", () => this.#not()));
  }

  #joined(kind: "and" | "or", operand: () => KqlNode): KqlNode {
    const first = operand();
    if (!this.#scanner.acceptKeyword(kind)) return first;
    const operands = [first];
    do operands.push(operand());
    while (this.#scanner.acceptKeyword(kind));
    return { kind, operands };
  }

  #not(): KqlNode {
    if (!this.#scanner.acceptNot()) return this.#operand();
    return { kind: "not", operand: this.#deeper(() => this.#not()) };
  }

  #operand(): KqlNode {
    const scanner = this.#scanner;
    if (scanner.accept("(")) return this.#enclosed(")", () => this.#or());
    const field = this.#literal("a field");
    if (scanner.accept(":")) {
      if (scanner.accept("{")) return { kind: "nested", field, query: this.#enclosed("}", () => this.#or()) };
      return this.#values(field);
    }
    const operator = scanner.acceptRange();
    if (operator !== undefined) return { kind: "range", field, operator, bound: this.#bound() };
    if (matchesAll(field)) return { kind: "everything" };
    throw this.#notACondition(field);
  }

  #values(field: Literal): KqlNode {
    if (this.#scanner.accept("(")) return this.#enclosed(")", () => this.#orValues(field));
    return this.#value(field);
  }

  #orValues(field: Literal): KqlNode {
    return this.#joined("or", () => this.#joined("and", () => this.#notValues(field)));
  }

  #notValues(field: Literal): KqlNode {
    if (!this.#scanner.acceptNot()) return this.#values(field);
    return { kind: "not", operand: this.#deeper(() => this.#notValues(field)) };
  }

  #value(field: Literal): KqlNode {
    const value = this.#literal("a value");
    if (value.text === "null" && this.#scanner.text.startsWith("null", value.offset)) {
      throw this.#scanner.fail(
        value.offset,
        `null is no value: an event without the field is "not ${field.text}:*", and the word is written in quotes`,
      );
    }
    if (!matchesAll(value)) return { kind: "is", field, value };
    return matchesAll(field) ? { kind: "everything" } : { kind: "exists", field };
  }

  #bound(): Literal {
    const bound = this.#literal("a value");
    if (bound.pattern !== undefined) {
      throw this.#scanner.fail(
        bound.offset,
        "a range needs a plain value; a star that is meant as one is written in quotes",
      );
    }
    return bound;
  }

  #literal(expected: string): Literal {
    const scanner = this.#scanner;
    const offset = scanner.offset;
    if (scanner.atMisplacedKeyword) {
      throw scanner.fail(offset, `expected ${expected}, found ${scanner.found} (as a plain word it is put in quotes)`);
    }
    const literal = scanner.literal();
    if (literal === undefined) throw scanner.fail(offset, `expected ${expected}, found ${scanner.found}`);
    this.#count(offset);
    return literal;
  }

  #count(offset: number): void {
    if (++this.#literals > MAX_VALUES) throw this.#scanner.fail(offset, `more than ${MAX_VALUES} fields and values`);
  }

  #enclosed(close: ")" | "}", content: () => KqlNode): KqlNode {
    const scanner = this.#scanner;
    const node = this.#deeper(content);
    if (!scanner.accept(close)) {
      throw scanner.fail(scanner.offset, `expected "and", "or" or "${close}", found ${scanner.found}`);
    }
    return node;
  }

  #deeper(content: () => KqlNode): KqlNode {
    if (++this.#depth > MAX_DEPTH) {
      throw this.#scanner.fail(this.#scanner.offset, `nested deeper than ${MAX_DEPTH} levels`);
    }
    const node = content();
    this.#depth--;
    return node;
  }

  #notACondition(text: Literal): Error {
    const scanner = this.#scanner;
    if (scanner.isAtEnd() || [")", "}"].includes(scanner.text[scanner.offset] ?? "") || scanner.atMisplacedKeyword) {
      return new UnsupportedQuery(
        scanner.text,
        text.offset,
        `"${text.text}" has no field: text that any field may hold is not evaluated; write FIELD:VALUE`,
      );
    }
    return scanner.fail(scanner.offset, `expected ":", "<", "<=", ">" or ">=" after a field, found ${scanner.found}`);
  }
}

/** Whether the literal is a lone star: any value, any field. */
function matchesAll({ pattern }: Literal): boolean {
  return pattern?.length === 1 && typeof pattern[0] === "symbol";
}
