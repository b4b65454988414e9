import { chars, anyOf, concat, repeat, type Pattern } from "./pattern.js";

const ZERO = 0x30;

/**
 * Lucene's `<from-to>`: decimal numbers of that interval (in either order). Where both ends are written with the same
 * number of digits, the value has as many; otherwise it may have any number of leading zeros.
 *
 * @param from decimal digits
 * @param to decimal digits
 */
export function decimalInterval(from: string, to: string): Pattern {
  const [low, high] = Number(from) <= Number(to) ? [from, to] : [to, from];
  if (low.length === high.length) return sameLength(low, high);
  const min = String(Number(low));
  const max = String(Number(high));
  const lengths: Pattern[] = [];
  for (let length = min.length; length <= max.length; length++) {
    const first = length === min.length ? min : `1${"0".repeat(length - 1)}`;
    const last = length === max.length ? max : "9".repeat(length);
    lengths.push(sameLength(first, last));
  }
  return concat([repeat(digits("0", "0"), 0, Infinity), anyOf(lengths)]);
}

/** The numbers from `low` to `high`, which have the same number of digits: those with the digits in common first. */
function sameLength(low: string, high: string): Pattern {
  const [lowDigit, lowRest] = [low.slice(0, 1), low.slice(1)];
  const [highDigit, highRest] = [high.slice(0, 1), high.slice(1)];
  if (low === "") return concat([]);
  if (lowDigit === highDigit) return concat([digits(lowDigit, lowDigit), sameLength(lowRest, highRest)]);
  const rest = lowRest.length;
  const between = shift(lowDigit, 1) <= shift(highDigit, -1);
  return anyOf([
    concat([digits(lowDigit, lowDigit), sameLength(lowRest, "9".repeat(rest))]),
    ...(between
      ? [concat([digits(shift(lowDigit, 1), shift(highDigit, -1)), repeat(digits("0", "9"), rest, rest)])]
      : []),
    concat([digits(highDigit, highDigit), sameLength("0".repeat(rest), highRest)]),
  ]);
}

function digits(from: string, to: string): Pattern {
  return chars([from.charCodeAt(0), to.charCodeAt(0)]);
}

function shift(digit: string, by: number): string {
  return String.fromCharCode(ZERO + Number(digit) + by);
}
