import { ANY_CHAR, character, type CharSet } from "./charset.js";

/** A regular language over Unicode code points: what wildcards and regular expressions are read into. */
export type Pattern =
  | { readonly kind: "chars"; readonly set: CharSet }
  | { readonly kind: "concat"; readonly items: readonly Pattern[] }
  | { readonly kind: "union"; readonly items: readonly Pattern[] }
  | { readonly kind: "repeat"; readonly item: Pattern; readonly min: number; readonly max: number }
  | { readonly kind: "not"; readonly item: Pattern };

export function chars(set: CharSet): Pattern {
  return { kind: "chars", set };
}

export function concat(items: readonly Pattern[]): Pattern {
  return { kind: "concat", items };
}

export function anyOf(items: readonly Pattern[]): Pattern {
  return { kind: "union", items };
}

/** @param max Infinity for no bound */
export function repeat(item: Pattern, min: number, max: number): Pattern {
  return { kind: "repeat", item, min, max };
}

export function not(item: Pattern): Pattern {
  return { kind: "not", item };
}

/** What both match, by De Morgan's law: the automaton has a complement, so it needs no product. */
export function both(left: Pattern, right: Pattern): Pattern {
  return not(anyOf([not(left), not(right)]));
}

export function literal(text: string, ignoreCase: boolean): Pattern {
  return concat(Array.from(text, (char) => chars(character(char.codePointAt(0) ?? 0, ignoreCase))));
}

export const EMPTY_STRING: Pattern = concat([]);
export const NOTHING: Pattern = anyOf([]);
export const ANY_ONE_CHAR: Pattern = chars(ANY_CHAR);
export const ANY_STRING: Pattern = repeat(ANY_ONE_CHAR, 0, Infinity);
