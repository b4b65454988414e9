import { detached } from "../printable.js";
import type { Actor } from "./candidate.js";

/** Actors that are counted one by one. */
const COUNTED_ACTORS = 32;

/** Matches of one subject that became no alerts. */
export interface Counted {
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

interface Counting {
  count: number;
  from: number;
  until: number;
  firstEventId: string;
  actors: Map<string, { actor: Actor; count: number }>;
  others: number;
}

/** A match to be counted. */
export interface Countable {
  readonly eventId: string;
  readonly actor: Actor;
  /** ms since 1970. */
  readonly time: number;
}

/** Counts matches by subject, each subject for one window of time from its first match on. */
export class Tally {
  readonly #counts = new Map<string, Counting>();

  /** @param window ms */
  constructor(public window: number) {}

  add(subject: string, { actor, eventId, time }: Countable): void {
    let counting = this.#counts.get(subject);
    if (counting === undefined) {
      counting = { count: 0, from: time, until: time, firstEventId: eventId, actors: new Map(), others: 0 };
      this.#counts.set(subject, counting);
    }
    counting.count++;
    counting.until = Math.max(counting.until, time);
    const name = actorName(actor);
    const counted = counting.actors.get(name);
    if (counted !== undefined) counted.count++;
    else if (counting.actors.size < COUNTED_ACTORS) counting.actors.set(name, { actor: keptActor(actor), count: 1 });
    else counting.others++;
  }

  /** The counts whose window is over at `time`, by subject; each is told once. */
  due(time: number): ReadonlyMap<string, Counted> {
    return this.#take(({ from }) => !isWithin(this.window, from, time));
  }

  /** All counts, for the end. */
  flush(): ReadonlyMap<string, Counted> {
    return this.#take(() => true);
  }

  #take(isOver: (counting: Counting) => boolean): ReadonlyMap<string, Counted> {
    const taken = new Map<string, Counted>();
    for (const [subject, counting] of this.#counts) {
      if (!isOver(counting)) continue;
      this.#counts.delete(subject);
      const actors = [...counting.actors.values()].sort((one, other) => other.count - one.count);
      taken.set(subject, { ...counting, actors });
    }
    return taken;
  }
}

/** It is kept for as long as the window is open; the record that its text comes from is not to be. */
function keptActor({ executable, ...actor }: Actor): Actor {
  return { ...actor, executable: executable && detached(executable) };
}

/** A clock that was set back must not keep a window open until it is right again, so both directions count. */
export function isWithin(window: number, then: number, now: number): boolean {
  return Math.abs(now - then) < window;
}

export function actorName({ executable, user, session, container }: Actor): string {
  return JSON.stringify([executable, user, container ?? session]);
}
