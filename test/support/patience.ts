/** By how much longer than usual a test waits before it gives up: an emulated processor is 10 to 50 times slower. */
export const PATIENCE = Number(process.env["TEST_PATIENCE"] ?? 1);

/** ms that a test waits for one thing to happen, unless it says otherwise. */
export const USUAL = 30_000 * PATIENCE;
