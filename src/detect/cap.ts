import { createHash } from "node:crypto";

import type { Actor } from "./candidate.js";

/** First matches that are remembered, of all rules together; a forgotten one passes again, so the bound blinds nobody. */
const REMEMBERED_FIRSTS = 16_384;
/** Actors that a summary counts one by one. */
const COUNTED_ACTORS = 32;

/** Matches of one rule that became no alerts, because there were too many. */
export interface Suppressed {
  readonly count: number;
  /** ms since 1970, of the first and the last of them. */
  readonly from: number;
  readonly until: number;
  /** `event.id` of the first one. */
  readonly firstEventId: string;
  /** Whose they were, most first; the first `COUNTED_ACTORS` that came. */
  readonly actors: readonly { readonly actor: Actor; readonly count: number }[];
  /** Matches of further actors. */
  readonly others: number;
}

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

interface Counting {
  count: number;
  from: number;
  until: number;
  firstEventId: string;
  actors: Map<string, { actor: Actor; count: number }>;
  others: number;
}

/**
 * Bounds the alerts of each subject in any window of time. It may never blind: the first match of each actor (executable,
 * user, login session or container) in a window passes whatever the count, so that nobody can use the cap up with a
 * stand-in of their own and then do the real thing unseen. What does not pass is counted.
 */
export class AlertCap {
  readonly #window: number;
  /** By subject, the alerts that the cap let pass. */
  readonly #passed = new Map<string, RecentTimes>();
  /** By subject and actor, when their first match passed. */
  readonly #firsts = new Map<string, number>();
  readonly #suppressed = new Map<string, Counting>();

  /** @param window ms */
  constructor(window: number) {
    this.#window = window;
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
    this.#count(request);
    return false;
  }

  /** The counts whose window is over at `time`, by subject; each is told once. */
  due(time: number): ReadonlyMap<string, Suppressed> {
    return this.#take(({ from }) => !this.#isRecent(from, time));
  }

  /** All counts, for the end. */
  flush(): ReadonlyMap<string, Suppressed> {
    return this.#take(() => true);
  }

  /** A clock that was set back must not keep the cap closed until it is right again, so both directions count. */
  #isRecent(then: number, now: number): boolean {
    return Math.abs(now - then) < this.#window;
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

  #count({ subject, actor, eventId, time }: CapRequest): void {
    let counting = this.#suppressed.get(subject);
    if (counting === undefined) {
      counting = { count: 0, from: time, until: time, firstEventId: eventId, actors: new Map(), others: 0 };
      this.#suppressed.set(subject, counting);
    }
    counting.count++;
    counting.until = Math.max(counting.until, time);
    const name = actorName(actor);
    const counted = counting.actors.get(name);
    if (counted !== undefined) counted.count++;
    else if (counting.actors.size < COUNTED_ACTORS) counting.actors.set(name, { actor, count: 1 });
    else counting.others++;
  }

  #take(isOver: (counting: Counting) => boolean): ReadonlyMap<string, Suppressed> {
    const taken = new Map<string, Suppressed>();
    for (const [subject, counting] of this.#suppressed) {
      if (!isOver(counting)) continue;
      this.#suppressed.delete(subject);
      const actors = [...counting.actors.values()].sort((one, other) => other.count - one.count);
      taken.set(subject, { ...counting, actors });
    }
    return taken;
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

function actorName({ executable, user, session, container }: Actor): string {
  return JSON.stringify([executable, user, container ?? session]);
}
