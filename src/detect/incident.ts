import type { Candidate } from "./candidate.js";

/** ms. A creator that matched longer ago does not make what it creates part of its incident. */
const WINDOW = 5 * 60_000;
/** Matching execs that are remembered; the oldest is forgotten first. */
const REMEMBERED = 8192;

interface Match {
  readonly incidentId: string;
  readonly time: number;
}

/**
 * Says which matches are one incident: a real `ufw disable` runs more than 160 iptables, each a match of its own. A match
 * belongs to the incident of its nearest creator that matched, else to that of its parent's exec, which it then shares
 * with what else that parent starts.
 */
export class Incidents {
  /** By exec, in the order of their matches. */
  readonly #matches = new Map<string, Match>();

  /** The incident of a matching exec; the exec is remembered as one that matched. */
  idOf({ execId, eventId, time, lineage, parentId }: Candidate): string {
    // A second rule, or the same exec replayed.
    const own = this.#recent(execId, time);
    const creator = lineage.map((id) => this.#recent(id, time)).find((match) => match !== undefined);
    const incidentId = (own ?? creator)?.incidentId ?? parentId ?? eventId;
    if (own === undefined) this.#remember(execId, { incidentId, time });
    return incidentId;
  }

  #recent(execId: string, time: number): Match | undefined {
    const match = this.#matches.get(execId);
    // A clock that was set back must not make a match recent for ever.
    return match !== undefined && Math.abs(time - match.time) < WINDOW ? match : undefined;
  }

  #remember(execId: string, match: Match): void {
    this.#matches.delete(execId);
    this.#matches.set(execId, match);
    for (const [oldest, { time }] of this.#matches) {
      const isOver = Math.abs(match.time - time) >= WINDOW;
      if (!isOver && this.#matches.size <= REMEMBERED) break;
      this.#matches.delete(oldest);
    }
  }
}
