/** How many random inputs each property is held against: few in the tests, `FUZZ_RUNS` in `npm run fuzz`. */
const RUNS = Number(process.env["FUZZ_RUNS"] ?? 500);

/** For a suite's properties; `share` is the part of the runs that a slow one takes. */
export function runs(share = 1): { numRuns: number } {
  return { numRuns: Math.max(100, Math.round(RUNS * share)) };
}
