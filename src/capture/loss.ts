import type { LossRecord } from "./batch.js";
import type { WallClock } from "./clock.js";

/**
 * Why events are missing, or came by the slower way:
 * - sequence_gap: connector messages (of any type, not only execs) that never reached us
 * - ring_full: execs that found the ring full and were read from /proc instead: late, not lost
 * - socket_overrun: execs that the socket's queue had no room for
 * - unresolved: execs whose process was gone before /proc could be read
 * - canary_missed: the connector did not deliver an exec of our own; how many others is not known
 */
export type LossReason = "sequence_gap" | "ring_full" | "socket_overrun" | "unresolved" | "canary_missed";

/** A loss is a value in the stream, between the events where it was noticed. */
export interface Loss {
  readonly kind: "loss";
  readonly reason: LossReason;
  /** Events concerned since the last loss of the same reason; for canary_missed, canaries. */
  readonly count: number;
  /** It happened between these moments. */
  readonly from: Date;
  readonly until: Date;
}

/** By enum loss_reason of native/exec_record.h. */
const REASONS: readonly (LossReason | undefined)[] = [
  undefined,
  "sequence_gap",
  "ring_full",
  "socket_overrun",
  "unresolved",
  "canary_missed",
];

export const LOSS_REASONS: readonly LossReason[] = REASONS.filter((reason) => reason !== undefined);

export function lossReason(code: number): LossReason | undefined {
  return REASONS[code];
}

export function lossOf(record: LossRecord, clock: WallClock): Loss {
  const { reason, count } = record;
  return { kind: "loss", reason, count, from: clock.at(record.from).date, until: clock.at(record.until).date };
}
