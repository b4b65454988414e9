import type { LastRun } from "./run_record.js";

/**
 * How a run ended:
 * - first: there is no record of one; it is the first, or the record is gone
 * - orderly: it was stopped, and said why
 * - failed: by a fault that it could still write down, or with an exit code that tells one
 * - killed: without a word, as by kill -9
 * - hang: it stood still, and the watchdog ended it
 * - crash: by a fault of the program itself, which the kernel ended
 * - out-of-memory: by the kernel for want of memory
 * - host-down: the host went down without stopping it: a loss of power, a reset, a crash of the kernel
 */
export type Ending = "first" | "orderly" | "failed" | "killed" | "hang" | "crash" | "out-of-memory" | "host-down";

/** How the run before ended, and since when nobody watched. */
export interface EndOfRun {
  readonly ending: Ending;
  /** Why, in a few words; undefined where nothing more is known. */
  readonly detail: string | undefined;
  /** ms since 1970; undefined of the first run. */
  readonly gap: Gap | undefined;
  /** No alarm. */
  readonly isExpected: boolean;
}

export interface Gap {
  readonly from: number;
  readonly until: number;
  /** Whether `from` is the end itself, rather than the last sign of life before it. */
  readonly isExact: boolean;
}

/**
 * @param boot this boot
 * @param now ms since 1970, since when this run watches
 */
export function endOfRun({ record, result, damage }: LastRun, boot: string, now: number): EndOfRun {
  if (record === undefined)
    return { ending: "first", detail: damage, gap: undefined, isExpected: damage === undefined };
  const { end, alive, started, standstill } = record;
  const gap = (from: number, isExact: boolean): Gap => ({ from, until: now, isExact });
  if (end !== undefined) {
    // Whoever stops the agent may have had it look like a shutdown.
    const isFalse = end.reason === "shutdown" && record.boot === boot;
    const detail = isFalse ? "it was taken for a shutdown, yet the host did not go down" : end.reason;
    const isOrderly = end.how === "stopped";
    return {
      ending: isOrderly ? "orderly" : "failed",
      detail,
      gap: gap(end.at, true),
      isExpected: isOrderly && !isFalse,
    };
  }
  // What an earlier run left tells nothing of this one.
  if (result !== undefined && result.at >= started) {
    const ending = ENDINGS[result.result] ?? "killed";
    const detail = `${result.result} ${result.status}`.trim();
    // What hung has watched nothing for some time before it was ended.
    return { ending, detail, gap: ending === "hang" ? gap(alive, false) : gap(result.at, true), isExpected: false };
  }
  if (record.boot !== boot) {
    return { ending: "host-down", detail: undefined, gap: gap(alive, false), isExpected: false };
  }
  // It had said that it stands still: then the watchdog was told no more.
  const [stood] = standstill;
  return { ending: stood === undefined ? "killed" : "hang", detail: stood, gap: gap(alive, false), isExpected: false };
}

/** By systemd's $SERVICE_RESULT; what is not named here is a kill. */
const ENDINGS: Readonly<Record<string, Ending>> = {
  success: "failed", // without a last word of its own
  "exit-code": "failed",
  protocol: "failed",
  "core-dump": "crash",
  watchdog: "hang",
  "oom-kill": "out-of-memory",
};
