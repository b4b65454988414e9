import { answerText, type Answer } from "../client/answer.js";
import { retryAfter } from "./retry_after.js";

/**
 * What becomes of documents after an answer. Nothing but these decides: they are pure, and a table of answers tests them.
 *
 * What is wrong with the sink (credentials, a proxy, a redirect, an index) is never a document's fault: it is `hold`, so that a
 * rotated token does not throw alerts away.
 */
export type Outcome = Sent | Retry | Split | Hold | DeadLetter;

/** It has arrived. */
export interface Sent {
  readonly kind: "sent";
}

/** It will probably be taken later, as it is. */
export interface Retry {
  readonly kind: "retry";
  readonly reason: string;
  /** ms that the server asked to wait. */
  readonly after: number | undefined;
  /** Whether it may have arrived all the same: then it is looked up before it is sent again. */
  readonly mayHaveArrived: boolean;
  /** The server only sets the pace: nothing is wrong. */
  readonly isPace: boolean;
}

/** Too much, or one of several is at fault: to be sent in smaller parts. */
export interface Split {
  readonly kind: "split";
  readonly reason: string;
}

/** The sink has to be mended first. It is tried again, and the queue waits. */
export interface Hold {
  readonly kind: "hold";
  readonly reason: string;
  readonly after: number | undefined;
}

/** The document itself is at fault, and would be refused for ever. */
export interface DeadLetter {
  readonly kind: "dead";
  readonly reason: string;
}

export const SENT: Sent = { kind: "sent" };

export function retry(reason: string, options: Partial<Omit<Retry, "kind" | "reason">> = {}): Retry {
  return { kind: "retry", reason, after: undefined, mayHaveArrived: false, isPace: false, ...options };
}

export function hold(reason: string, after?: number): Hold {
  return { kind: "hold", reason, after };
}

/** Of what an answer is to be judged. */
export interface Sending {
  /** Documents in the request. */
  readonly count: number;
  /**
   * Whether this sink has taken a document before: only then a refusal of one (400) says something about the document rather than
   * about address, proxy or format.
   */
  readonly isProven: boolean;
  /** ms since 1970 */
  readonly now: number;
}

const TOO_LARGE = new Set([413, 422]);

/** The outcome of a whole request that is no success, by HTTP alone. Success (2xx) is judged by its body elsewhere. */
export function refusedRequest(answer: Answer, sending: Sending): Outcome {
  const { status } = answer;
  const reason = answerText(answer);
  const after = retryAfter(answer.headers["retry-after"], sending.now);
  if (status >= 300 && status < 400) return hold(`${reason}: redirects are not followed`, after);
  if (TOO_LARGE.has(status)) return sending.count > 1 ? { kind: "split", reason } : { kind: "dead", reason };
  if (status === 400) {
    if (sending.count > 1) return { kind: "split", reason };
    return sending.isProven ? { kind: "dead", reason } : hold(reason, after);
  }
  if (status === 429) return retry(reason, { after, isPace: true });
  // 408, 425: the server did not want to begin. 500 and later: a proxy may say so although the server behind it did the work.
  if (status === 408 || status === 425) return retry(reason, { after });
  if (status === 501 || status === 505) return hold(reason, after);
  if (status >= 500) return retry(reason, { after, mayHaveArrived: true });
  return hold(reason, after);
}
