import type { WildcardTokens } from "./wildcard.js";

const ASCII = 128;
const LONG = 31;

/**
 * A test that every string passes which is one of these: strings of a length that none of them has need not be hashed.
 */
export function lengthFilter(strings: Iterable<string>): (value: string) => boolean {
  let lengths = 0;
  for (const { length } of strings) lengths |= 1 << Math.min(length, LONG);
  return ({ length }) => ((lengths >>> Math.min(length, LONG)) & 1) === 1;
}

/**
 * A test that every string passes which one of the patterns matches, by its length, its first and its last character:
 * most strings need not be gone through.
 */
export function edgeFilter(patterns: readonly WildcardTokens[], ignoreCase: boolean): (value: string) => boolean {
  const least = patterns.reduce((length, tokens) => Math.min(length, leastLength(tokens)), Infinity);
  const first = edgeCodes(
    patterns.map((tokens) => textAt(tokens.at(0))?.charCodeAt(0)),
    ignoreCase,
  );
  const last = edgeCodes(
    patterns.map((tokens) => lastCode(textAt(tokens.at(-1)))),
    ignoreCase,
  );
  if (first === undefined && last === undefined) return (value) => value.length >= least;
  return (value) =>
    value.length >= least &&
    (first === undefined || isAmong(first, value.charCodeAt(0))) &&
    (last === undefined || isAmong(last, value.charCodeAt(value.length - 1)));
}

function leastLength(tokens: WildcardTokens): number {
  return tokens.reduce<number>((length, token) => length + (typeof token === "string" ? token.length : 0), 0);
}

function textAt(token: WildcardTokens[number] | undefined): string | undefined {
  return typeof token === "string" ? token : undefined;
}

function lastCode(text: string | undefined): number | undefined {
  return text?.charCodeAt(text.length - 1);
}

/** By ASCII code: 1 for what a string may begin, or end, with; undefined where that is anything. */
function edgeCodes(codes: readonly (number | undefined)[], ignoreCase: boolean): Uint8Array | undefined {
  const allowed = new Uint8Array(ASCII);
  for (const code of codes) {
    if (code === undefined) return undefined;
    if (code >= ASCII) continue;
    const char = String.fromCharCode(code);
    for (const form of ignoreCase ? [char.toLowerCase(), char.toUpperCase()] : [char]) allowed[form.charCodeAt(0)] = 1;
  }
  return allowed;
}

/** What is not ASCII is left to the automaton. */
function isAmong(allowed: Uint8Array, code: number): boolean {
  return code >= ASCII || allowed[code] === 1;
}
