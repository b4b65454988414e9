import { createHash } from "node:crypto";

import type { Actor } from "./candidate.js";
import { actorName, isWithin, Tally, type Counted } from "./tally.js";

/** First matches that are remembered, of all rules together; a forgotten one passes again, so the bound blinds nobody. */
const REMEMBERED_FIRSTS = 16_384;

/** What an alert is asked leave for. */
export interface CapRequest {
  /** What has a cap of its own: a rule, or a rule's undecided execs. */
  readonly subject: string;
  /** Alerts per window. */
  readonly limit: number;
  readonly eventId: string;
  readonly actor: Actor;
  /** ms since 1970. */
  readonly time: number;
}

/**
 * Bounds the alerts of each subject in any window of time. It may never blind: the first match of each actor (executable,
 * user, login session or container) in a window passes whatever the count, so that nobody can use the cap up with a
 * stand-in of their own and then do the real thing unseen. What does not pass is counted.
 */
export class AlertCap {
  #window: number;
  /** By subject, the alerts that the cap let pass. */
  readonly #passed = new Map<string, RecentTimes>();
  /** By subject and actor, when their first match passed. */
  readonly #firsts = new Map<string, number>();
  readonly #suppressed: Tally;

  /** @param window ms */
  constructor(window: number) {
    this.#window = window;
    this.#suppressed = new Tally(window);
  }

  /** ms. What passed so far counts in the new window. */
  set window(window: number) {
    this.#window = window;
    this.#suppressed.window = window;
  }

  /** Whether this match becomes an alert; one that does not is counted. */
  admit(request: CapRequest): boolean {
    const { subject, limit, time } = request;
    let passed = this.#passed.get(subject);
    if (passed === undefined) {
      passed = new RecentTimes();
      this.#passed.set(subject, passed);
    }
    const hasRoom = passed.countWhile((then) => this.#isRecent(then, time)) < limit;
    if (hasRoom) passed.add(time);
    const isFirst = this.#isFirst(request);
    if (hasRoom || isFirst) return true;
    this.#suppressed.add(subject, request);
    return false;
  }

  /** The counts whose window is over at `time`, by subject; each is told once. */
  due(time: number): ReadonlyMap<string, Counted> {
    return this.#suppressed.due(time);
  }

  /** All counts, for the end. */
  flush(): ReadonlyMap<string, Counted> {
    return this.#suppressed.flush();
  }

  #isRecent(then: number, now: number): boolean {
    return isWithin(this.#window, then, now);
  }

  #isFirst({ subject, actor, time }: CapRequest): boolean {
    // Hashed, for an executable's path may have 4096 bytes.
    const key = createHash("sha256")
      .update(`${subject}\0${actorName(actor)}`)
      .digest("base64")
      .slice(0, 22);
    const before = this.#firsts.get(key);
    if (before !== undefined && this.#isRecent(before, time)) return false;
    this.#firsts.delete(key);
    this.#firsts.set(key, time);
    for (const [oldest, first] of this.#firsts) {
      if (this.#isRecent(first, time) && this.#firsts.size <= REMEMBERED_FIRSTS) break;
      this.#firsts.delete(oldest);
    }
    return true;
  }
}

/** Times in their order, of which only those that are still recent are kept. */
class RecentTimes {
  #times: number[] = [];
  /** Those before this one are over: shifting the array each time would cost its square. */
  #head = 0;

  add(time: number): void {
    this.#times.push(time);
  }

  /** Forgets what is over, and counts the rest. */
  countWhile(isRecent: (time: number) => boolean): number {
    for (let time = this.#times[this.#head]; time !== undefined && !isRecent(time); time = this.#times[this.#head]) {
      this.#head++;
    }
    if (this.#head > this.#times.length / 2) {
      this.#times = this.#times.slice(this.#head);
      this.#head = 0;
    }
    return this.#times.length - this.#head;
  }
}
