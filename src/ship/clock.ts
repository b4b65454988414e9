import { setTimeout as delay } from "node:timers/promises";

/** Time as sinks have it: this host's, or one of a test, in which a day goes by in seconds. */
export interface Clock {
  /** ms since 1970 */
  now(): number;
  /** Resolves after so many ms. @throws once `signal` is aborted */
  wait(ms: number, signal: AbortSignal): Promise<void>;
  /** Calls `tick` every so many ms, which keeps no process alive. @returns what ends it */
  every(ms: number, tick: () => void): () => void;
}

export const HOST_CLOCK: Clock = {
  now: () => Date.now(),
  wait: (ms, signal) => delay(ms, undefined, { signal }),
  every: (ms, tick) => {
    const timer = setInterval(tick, ms);
    timer.unref();
    return () => clearInterval(timer);
  },
};
