/** ms. A server that asks for more is asked again after this: it may have been mended meanwhile. */
export const LONGEST_WAIT = 5 * 60_000;

/**
 * How long a server wants to be left alone, by its Retry-After (RFC 9110, 10.2.3: seconds, or a date).
 *
 * @param now ms since 1970
 * @returns ms, at most LONGEST_WAIT; undefined where it does not say
 */
export function retryAfter(header: string | undefined, now: number): number | undefined {
  if (header === undefined) return undefined;
  const seconds = /^\s*(\d{1,9})\s*$/.exec(header)?.[1];
  const wait = seconds === undefined ? Date.parse(header) - now : Number(seconds) * 1000;
  return Number.isNaN(wait) ? undefined : Math.min(Math.max(wait, 0), LONGEST_WAIT);
}
