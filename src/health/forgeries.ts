import type { HealthReport } from "../detect/health.js";

/** ms between two reports, so that whoever floods with forgeries does not fill the log with them. */
const PAUSE = 60_000;

/**
 * Messages on the process connector that did not come from the kernel. Capture refuses them, so nothing is lost; but no
 * program has a reason to send any, and it takes CAP_NET_ADMIN: whoever does means to have something believed that never
 * happened. That is told at once, and then once a minute as long as it goes on.
 */
export class Forgeries {
  #told = 0;
  /** ms since 1970: up to then nothing is untold. */
  #from: number;
  /** ms since 1970 of the last report; undefined before the first. */
  #last: number | undefined;

  /** @param started ms since 1970 */
  constructor(started: number) {
    this.#from = started;
  }

  /**
   * What is to be told now; undefined where nothing is.
   *
   * @param total how many there were since the start
   * @param now ms since 1970
   * @param isEnd nothing comes after it, so there is no pause to wait for
   */
  due(total: number, now: number, isEnd = false): HealthReport | undefined {
    const count = total - this.#told;
    if (count === 0) {
      this.#from = now;
      return undefined;
    }
    if (!isEnd && this.#last !== undefined && Math.abs(now - this.#last) < PAUSE) return undefined;
    const from = this.#from;
    this.#told = total;
    this.#from = this.#last = now;
    return {
      action: "forged-events",
      message: sentence(count),
      from,
      until: now,
      identity: [process.pid, from, now, total],
      details: { forged: { count } },
    };
  }
}

function sentence(count: number): string {
  const what = count === 1 ? "1 message" : `${count} messages`;
  return `${what} on the process connector did not come from the kernel, and ${count === 1 ? "was" : "were"} refused: somebody with root's rights forges what is executed.`;
}
