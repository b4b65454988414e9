import { parse } from "smol-toml";

/** A place in a TOML file; both count from 1. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

export type KeyPath = readonly (string | number)[];

/** Keys within each other; what lies deeper has the place of what it lies in. No file that means something is as deep. */
const MAX_DEPTH = 64;

/**
 * Says where each key, table and array element of a TOML document stands: the parser gives values only, and an error in
 * a value is of little use without its line.
 *
 * The text must be one that the parser accepted. So this scanner checks nothing: it only follows
 *
 *     document = { newline | header | pair } ;
 *     header   = "[" keys "]" | "[[" keys "]]" ;
 *     pair     = keys "=" value ;
 *     keys     = key { "." key } ;
 *     value    = string | array | inline-table | scalar ;
 */
export function keyPositions(toml: string): (path: KeyPath) => Position | undefined {
  // Most files are right, and nobody asks.
  let offsets: ReadonlyMap<string, number> | undefined;
  let lines: readonly number[] = [];
  return (path) => {
    if (offsets === undefined) {
      offsets = new Scanner(toml).scan();
      lines = lineStarts(toml);
    }
    // What has no place of its own, such as a key that is missing, is looked for in its table.
    for (let length = path.length; length > 0; length--) {
      const offset = offsets.get(pathName(path.slice(0, length)));
      if (offset !== undefined) return positionIn(lines, offset);
    }
    return undefined;
  };
}

function below(path: KeyPath, key: string | number): KeyPath {
  return path.length < MAX_DEPTH ? [...path, key] : path;
}

function pathName(path: KeyPath): string {
  return JSON.stringify(path);
}

/** @param offset index into the text, in UTF-16 code units */
export function positionAt(text: string, offset: number): Position {
  return positionIn(lineStarts(text), offset);
}

/** Where each line begins. */
function lineStarts(text: string): readonly number[] {
  const starts = [0];
  for (let end = text.indexOf("\n"); end >= 0; end = text.indexOf("\n", end + 1)) starts.push(end + 1);
  return starts;
}

/** Of thousands of mistakes each has its place looked up: by halves, among the starts of lines. */
function positionIn(lines: readonly number[], offset: number): Position {
  let [low, high] = [0, lines.length];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if ((lines[middle] ?? Infinity) <= offset) low = middle;
    else high = middle;
  }
  return { line: low + 1, column: offset - (lines[low] ?? 0) + 1 };
}

class Scanner {
  readonly #text: string;
  readonly #offsets = new Map<string, number>();
  /** How many tables each array of tables has so far. */
  readonly #tables = new Map<string, number>();
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  scan(): ReadonlyMap<string, number> {
    let table: KeyPath = [];
    for (;;) {
      this.#skipBlank();
      if (this.#at >= this.#text.length) return this.#offsets;
      if (this.#text[this.#at] === "[") {
        table = this.#header();
      } else {
        this.#pair(table);
      }
    }
  }

  #header(): KeyPath {
    const isArray = this.#text.startsWith("[[", this.#at);
    this.#at += isArray ? 2 : 1;
    const keys = this.#keys();
    this.#at += isArray ? 2 : 1;
    let path: KeyPath = [];
    for (const [depth, { key, offset }] of keys.entries()) {
      path = below(path, key);
      this.#mark(path, offset);
      const name = pathName(path);
      const isLast = depth === keys.length - 1;
      const count = (this.#tables.get(name) ?? 0) + (isArray && isLast ? 1 : 0);
      if (count === 0) continue;
      this.#tables.set(name, count);
      path = below(path, count - 1);
      this.#mark(path, offset);
    }
    return path;
  }

  #pair(table: KeyPath): void {
    let path = table;
    for (const { key, offset } of this.#keys()) {
      path = below(path, key);
      this.#mark(path, offset);
    }
    this.#at++; // the "=" at which the keys end
    this.#value(path);
  }

  /** Ends at what follows the last key: "=" or "]". */
  #keys(): { key: string; offset: number }[] {
    const keys: { key: string; offset: number }[] = [];
    for (;;) {
      this.#skipSpace();
      const offset = this.#at;
      keys.push({ key: this.#key(), offset });
      this.#skipSpace();
      if (this.#text[this.#at] !== ".") return keys;
      this.#at++;
    }
  }

  #key(): string {
    const start = this.#at;
    const quote = this.#text[start];
    if (quote !== '"' && quote !== "'") {
      this.#at = this.#endOf(/[A-Za-z0-9_-]*/y);
      return this.#text.slice(start, this.#at);
    }
    this.#string();
    const { key } = parse(`key = ${this.#text.slice(start, this.#at)}`);
    return typeof key === "string" ? key : "";
  }

  #value(path: KeyPath): void {
    this.#skipSpace();
    const first = this.#text[this.#at];
    if (first === '"' || first === "'") this.#string();
    else if (first === "[") this.#array(path);
    else if (first === "{") this.#inlineTable(path);
    else this.#at = this.#endOf(/[^,\]}#\r\n]*/y);
  }

  #string(): void {
    for (const delimiter of ['"""', "'''"]) {
      if (!this.#text.startsWith(delimiter, this.#at)) continue;
      // Up to two quotes may stand right before the closing three.
      this.#at = this.#endOf(delimiter === '"""' ? /"""(?:\\[^]|[^\\])*?"{3,5}/y : /'''[^]*?'{3,5}/y);
      return;
    }
    this.#at = this.#endOf(this.#text[this.#at] === '"' ? /"(?:\\.|[^"\\])*"/y : /'[^']*'/y);
  }

  #array(path: KeyPath): void {
    this.#at++;
    for (let index = 0; ; index++) {
      this.#skipSeparators();
      if (this.#text[this.#at] === "]") break;
      const item = below(path, index);
      this.#mark(item, this.#at);
      this.#value(item);
    }
    this.#at++;
  }

  #inlineTable(path: KeyPath): void {
    this.#at++;
    for (;;) {
      this.#skipSeparators();
      if (this.#text[this.#at] === "}") break;
      this.#pair(path);
    }
    this.#at++;
  }

  #mark(path: KeyPath, offset: number): void {
    const name = pathName(path);
    if (!this.#offsets.has(name)) this.#offsets.set(name, offset);
  }

  #skipSpace(): void {
    this.#at = this.#endOf(/[ \t]*/y);
  }

  #skipBlank(): void {
    this.#at = this.#endOf(/(?:\s|#[^\n]*)*/y);
  }

  #skipSeparators(): void {
    this.#at = this.#endOf(/(?:[\s,]|#[^\n]*)*/y);
  }

  /** Where the match of a sticky expression at the current place ends. */
  #endOf(expression: RegExp): number {
    expression.lastIndex = this.#at;
    if (!expression.test(this.#text)) throw new Error(`not TOML at offset ${this.#at}`);
    return expression.lastIndex;
  }
}
