import { jsonOf, quoted, type Answer } from "../client/answer.js";
import { hold, refusedRequest, retry, SENT, type Outcome, type Sending } from "./outcome.js";

/** What became of the documents of a POST, by HTTP alone. */
export function httpOutcome(answer: Answer, sending: Sending): Outcome {
  return answer.status >= 200 && answer.status < 300 ? SENT : refusedRequest(answer, sending);
}

/** Codes of Splunk's HTTP Event Collector (its manual, "Possible error codes") that are about the events of the request. */
const HEC_EVENT_CODES: ReadonlySet<number> = new Set([5, 6, 12, 13, 15]);
/** Server busy, in shut-down, queues full. */
const HEC_BUSY_CODES: ReadonlySet<number> = new Set([8, 9, 18, 23, 24, 25, 26, 27]);

/** The same of Splunk's HTTP Event Collector, whose 400 and 403 are about token, index and channel as well. */
export function hecOutcome(answer: Answer, sending: Sending): Outcome {
  const { status } = answer;
  const body = jsonOf(answer);
  const code = body?.["code"];
  if (typeof code !== "number") {
    return status >= 200 && status < 300
      ? hold(`HTTP ${status} without a code: this is not Splunk's HTTP Event Collector`)
      : refusedRequest(answer, sending);
  }
  if (code === 0 && status >= 200 && status < 300) return SENT;
  const text = body?.["text"];
  const reason = `HTTP ${status}, HEC code ${code}${typeof text === "string" ? `: ${quoted(text)}` : ""}`;
  if (HEC_EVENT_CODES.has(code)) return sending.count > 1 ? { kind: "split", reason } : { kind: "dead", reason };
  if (HEC_BUSY_CODES.has(code) || status === 429 || status >= 500) {
    const refused = refusedRequest(answer, sending);
    const after = refused.kind === "retry" ? refused.after : undefined;
    return retry(reason, { after, mayHaveArrived: status >= 500, isPace: status === 429 });
  }
  return hold(reason);
}
