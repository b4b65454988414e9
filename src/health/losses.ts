import type { Loss, LossReason } from "../capture/loss.js";
import type { NestedDocument } from "../detect/document.js";
import { healthDocument } from "../detect/health.js";
import type { Origin } from "../detect/origin.js";
import type { ForcedOut } from "../log/queue.js";

/** What is said of a loss; `count` and its noun stand before it. */
const LOSS_TEXT: Readonly<Record<LossReason, readonly [one: string, many: string, what: string]>> = {
  sequence_gap: ["message", "messages", "of the kernel never arrived; execs may be among them"],
  ring_full: ["exec", "execs", "found the ring buffer full and came by way of /proc"],
  socket_overrun: ["exec", "execs", "found no room in the socket's queue"],
  unresolved: ["exec", "execs", "could not be read: the process was gone before its /proc entry was"],
  canary_missed: ["canary", "canaries", "did not come: the kernel does not tell this process what is executed"],
};

/** A loss of the capture stage in one sentence. */
export function lossSentence({ reason, count }: Loss): string {
  const [one, many, what] = LOSS_TEXT[reason];
  return `${count} ${count === 1 ? one : many} ${what}.`;
}

/** The same as a document for the alert log. A SIEM that sees only the log must see as well where it is blind. */
export function lossDocument(loss: Loss, origin: Origin): NestedDocument {
  const { reason, count, from, until } = loss;
  return healthDocument(
    {
      action: "capture-loss",
      message: lossSentence(loss),
      from: from.getTime(),
      until: until.getTime(),
      identity: [origin.agent.ephemeralId ?? "", reason, from.getTime(), until.getTime(), count],
      details: { loss: { reason, count } },
    },
    origin,
  );
}

/** Alerts that a disk refused for so long that memory could not hold them, in one sentence. */
export function forcedOutSentence({ lines }: ForcedOut): string {
  return `${lines} ${lines === 1 ? "line is" : "lines are"} missing in this log: the disk refused it for longer than memory could hold what came.`;
}

export function forcedOutDocument(forcedOut: ForcedOut, origin: Origin): NestedDocument {
  return missingLines("log-loss", forcedOutSentence(forcedOut), forcedOut, origin);
}

/** Lines that the disk budget took before every sink had them, in one sentence. */
export function discardedSentence({ lines }: ForcedOut): string {
  return `${lines} ${lines === 1 ? "line was" : "lines were"} deleted from the log before every sink had them: the disk budget (log.disk) was full.`;
}

export function discardedDocument(discarded: ForcedOut, origin: Origin): NestedDocument {
  return missingLines("log-discarded", discardedSentence(discarded), discarded, origin);
}

function missingLines(action: string, message: string, missing: ForcedOut, origin: Origin): NestedDocument {
  const { lines, bytes, bySubject, from, until } = missing;
  return healthDocument(
    {
      action,
      message,
      from,
      until,
      identity: [origin.agent.ephemeralId ?? "", from, until, lines],
      details: {
        log_loss: {
          lines,
          bytes,
          subjects: Object.entries(bySubject).map(([subject, count]) => ({ subject, lines: count })),
        },
      },
    },
    origin,
  );
}
