import { character, complement, union, type CharSet } from "./charset.js";
import { decimalInterval } from "./interval.js";
import {
  ANY_ONE_CHAR,
  ANY_STRING,
  anyOf,
  both,
  chars,
  concat,
  EMPTY_STRING,
  literal,
  not,
  NOTHING,
  repeat,
  type Pattern,
} from "./pattern.js";

/*
 * Lucene's regular expressions (org.apache.lucene.util.automaton.RegExp, all of its optional operators on), as
 * Elasticsearch evaluates them. They match a whole value; there are no anchors, groups that capture, or lazy operators.
 *
 *   union      = intersect [ "|" union ]
 *   intersect  = concat [ "&" intersect ]
 *   concat     = repeat { repeat }
 *   repeat     = complement { "?" | "*" | "+" | "{" n [ "," [ m ] ] "}" }
 *   complement = "~" complement | class
 *   class      = "[" [ "^" ] range { range } "]" | simple
 *   range      = escape | char [ "-" char ]
 *   simple     = "." | "#" (nothing) | "@" (any string) | '"' { any but '"' } '"'
 *              | "(" ")" | "(" union ")" | "<" n "-" m ">" | escape | char
 *   escape     = "\" ( "d" | "D" | "s" | "S" | "w" | "W" )
 *   char       = "\" any but an ASCII letter | any
 *
 * An operator where an operand is due, such as the "*" of "*a", is an ordinary character, as it is in Lucene.
 */

const MAX_NESTING = 100;
const MAX_REPEAT = 10_000;

const DIGIT: CharSet = [0x30, 0x39];
const WORD: CharSet = [0x30, 0x39, 0x41, 0x5a, 0x5f, 0x5f, 0x61, 0x7a];
const SPACE: CharSet = [0x09, 0x0a, 0x0d, 0x0d, 0x20, 0x20];
const CLASSES: Readonly<Record<string, CharSet>> = {
  d: DIGIT,
  D: complement(DIGIT),
  s: SPACE,
  S: complement(SPACE),
  w: WORD,
  W: complement(WORD),
};

/** A regular expression that is wrong. */
export class RegexpError extends Error {
  override readonly name = "RegexpError";
  /** Where in the expression, in UTF-16 code units. */
  readonly index: number;

  constructor(reason: string, index: number) {
    super(reason);
    this.index = index;
  }
}

/**
 * Reads a regular expression in Lucene's syntax.
 *
 * @param ignoreCase ASCII letters match in either case; those at the ends of a range such as `[a-f]` do not, as in Lucene
 * @throws RegexpError
 */
export function parseRegexp(expression: string, ignoreCase: boolean): Pattern {
  return new RegexpParser(expression, ignoreCase).parse();
}

class RegexpParser {
  readonly #text: string;
  readonly #ignoreCase: boolean;
  #at = 0;
  #depth = 0;

  constructor(text: string, ignoreCase: boolean) {
    this.#text = text;
    this.#ignoreCase = ignoreCase;
  }

  parse(): Pattern {
    if (this.#text === "") return EMPTY_STRING;
    const pattern = this.#union();
    if (this.#more()) throw this.#error(`unexpected "${this.#text[this.#at] ?? ""}"; expected the end`);
    return pattern;
  }

  #union(): Pattern {
    if (++this.#depth > MAX_NESTING) throw this.#error(`nested more than ${MAX_NESTING} deep`);
    const items = [this.#intersection()];
    while (this.#take("|")) items.push(this.#intersection());
    this.#depth--;
    return items.length === 1 ? (items[0] ?? NOTHING) : anyOf(items);
  }

  #intersection(): Pattern {
    let pattern = this.#concat();
    while (this.#take("&")) pattern = both(pattern, this.#concat());
    return pattern;
  }

  #concat(): Pattern {
    const items = [this.#repeat()];
    while (this.#more() && !this.#peek(")|&")) items.push(this.#repeat());
    return items.length === 1 ? (items[0] ?? EMPTY_STRING) : concat(items);
  }

  #repeat(): Pattern {
    let pattern = this.#complement();
    let count = 0;
    while (this.#peek("?*+{")) {
      if (++count > MAX_NESTING) throw this.#error(`more than ${MAX_NESTING} repetitions in a row`);
      if (this.#take("?")) pattern = repeat(pattern, 0, 1);
      else if (this.#take("*")) pattern = repeat(pattern, 0, Infinity);
      else if (this.#take("+")) pattern = repeat(pattern, 1, Infinity);
      else pattern = this.#counted(pattern);
    }
    return pattern;
  }

  #counted(pattern: Pattern): Pattern {
    const start = this.#at++;
    const min = this.#integer();
    let max = min;
    if (this.#take(",")) max = this.#peek("}") ? Infinity : this.#integer();
    this.#expect("}");
    if (min > max) throw this.#error(`${min} is more than ${max}`, start);
    return repeat(pattern, min, max);
  }

  #complement(): Pattern {
    let negations = 0;
    while (this.#take("~")) negations++;
    const pattern = this.#class();
    return negations % 2 === 1 ? not(pattern) : pattern;
  }

  #class(): Pattern {
    if (!this.#take("[")) return this.#simple();
    const negated = this.#take("^");
    const sets = [this.#range()];
    while (this.#more() && !this.#peek("]")) sets.push(this.#range());
    this.#expect("]");
    const set = union(sets);
    return chars(negated ? complement(set) : set);
  }

  #range(): CharSet {
    const predefined = this.#predefined();
    if (predefined !== undefined) return predefined;
    const start = this.#at;
    const from = this.#char();
    if (!this.#take("-")) return character(from, this.#ignoreCase);
    const to = this.#char();
    if (from > to) throw this.#error("the range ends before it begins", start);
    return [from, to];
  }

  #simple(): Pattern {
    if (this.#take(".")) return ANY_ONE_CHAR;
    if (this.#take("#")) return NOTHING;
    if (this.#take("@")) return ANY_STRING;
    if (this.#peek('"')) return this.#quoted();
    if (this.#take("(")) return this.#group();
    if (this.#peek("<")) return this.#interval();
    const predefined = this.#predefined();
    if (predefined !== undefined) return chars(predefined);
    return chars(character(this.#char(), this.#ignoreCase));
  }

  #group(): Pattern {
    if (this.#take(")")) return EMPTY_STRING;
    const pattern = this.#union();
    this.#expect(")");
    return pattern;
  }

  #quoted(): Pattern {
    const start = this.#at;
    const end = this.#text.indexOf('"', start + 1);
    if (end < 0) throw this.#error(`this '"' has no end`, start);
    this.#at = end + 1;
    return literal(this.#text.slice(start + 1, end), this.#ignoreCase);
  }

  #interval(): Pattern {
    const start = this.#at;
    const [all, from, to] = /^<(\d{1,9})-(\d{1,9})>/.exec(this.#text.slice(start)) ?? [];
    if (all === undefined || from === undefined || to === undefined) {
      throw this.#error("expected an interval of numbers of up to nine digits, such as <1-100>", start);
    }
    this.#at += all.length;
    return decimalInterval(from, to);
  }

  #predefined(): CharSet | undefined {
    if (!this.#peek("\\")) return undefined;
    const letter = this.#text[this.#at + 1] ?? "";
    if (!/^[A-Za-z]$/.test(letter)) return undefined;
    const set = CLASSES[letter];
    if (set === undefined) {
      throw this.#error(
        `unknown escape "\\${letter}"; expected \\d, \\s, \\w, their capitals, or a character that is no letter`,
      );
    }
    this.#at += 2;
    return set;
  }

  #char(): number {
    this.#take("\\");
    const code = this.#text.codePointAt(this.#at);
    if (code === undefined) throw this.#error("unexpected end; expected a character");
    this.#at += code > 0xffff ? 2 : 1;
    return code;
  }

  #integer(): number {
    const start = this.#at;
    while (this.#peek("0123456789")) this.#at++;
    if (this.#at === start) throw this.#error("expected a number");
    const value = Number(this.#text.slice(start, this.#at));
    if (value > MAX_REPEAT) throw this.#error(`expected a number of at most ${MAX_REPEAT}`, start);
    return value;
  }

  #more(): boolean {
    return this.#at < this.#text.length;
  }

  #peek(anyOfThese: string): boolean {
    const char = this.#text[this.#at];
    return char !== undefined && anyOfThese.includes(char);
  }

  #take(char: string): boolean {
    if (this.#text[this.#at] !== char) return false;
    this.#at++;
    return true;
  }

  #expect(char: string): void {
    if (!this.#take(char)) throw this.#error(`expected "${char}"`);
  }

  #error(reason: string, index = this.#at): RegexpError {
    return new RegexpError(`in the regular expression: ${reason}`, index);
  }
}
