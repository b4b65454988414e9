/** The greatest Unicode code point. */
export const MAX_CODE_POINT = 0x10ffff;

/**
 * A set of Unicode code points, as closed ranges one after the other: `[lo, hi, lo, hi, …]`, ascending, with a gap
 * between any two of them. So equal sets are equal arrays.
 */
export type CharSet = readonly number[];

export const ANY_CHAR: CharSet = [0, MAX_CODE_POINT];
export const NO_CHAR: CharSet = [];

export function single(codePoint: number): CharSet {
  return [codePoint, codePoint];
}

export function union(sets: readonly CharSet[]): CharSet {
  const ranges: [number, number][] = sets.flatMap(rangesOf).sort(([left], [right]) => left - right);
  const merged: number[] = [];
  for (const [lo, hi] of ranges) {
    const last = merged[merged.length - 1];
    if (last !== undefined && lo <= last + 1) merged[merged.length - 1] = Math.max(last, hi);
    else merged.push(lo, hi);
  }
  return merged;
}

export function complement(set: CharSet): CharSet {
  const rest: number[] = [];
  let next = 0;
  for (const [lo, hi] of rangesOf(set)) {
    if (lo > next) rest.push(next, lo - 1);
    next = hi + 1;
  }
  if (next <= MAX_CODE_POINT) rest.push(next, MAX_CODE_POINT);
  return rest;
}

export function rangesOf(set: CharSet): [number, number][] {
  const ranges: [number, number][] = [];
  for (let index = 0; index < set.length; index += 2) ranges.push([set[index] ?? 0, set[index + 1] ?? 0]);
  return ranges;
}

export function contains(set: CharSet, codePoint: number): boolean {
  return rangesOf(set).some(([lo, hi]) => codePoint >= lo && codePoint <= hi);
}

/** One character, or, if it is an ASCII letter and case is ignored, both of its cases. Other scripts have no case here. */
export function character(codePoint: number, ignoreCase: boolean): CharSet {
  if (!ignoreCase) return single(codePoint);
  const lower = foldAscii(codePoint);
  return lower >= 0x61 && lower <= 0x7a ? [lower - 0x20, lower - 0x20, lower, lower] : single(codePoint);
}

/** The lower case of an ASCII capital; any other code point or code unit as it is. */
export function foldAscii(codePoint: number): number {
  return codePoint >= 0x41 && codePoint <= 0x5a ? codePoint + 0x20 : codePoint;
}
