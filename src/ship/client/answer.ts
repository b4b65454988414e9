import type { IncomingHttpHeaders } from "node:http";

import { isJsonObject, parseJsonObject, type JsonObject } from "../../json.js";
import { printable, shortened } from "../../printable.js";
import { redactText } from "../../redact/usual.js";

/** What a server answered, its body whole and bounded. */
export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** UTF-16 code units of a server's words that are repeated in an error, in `status`, with a dead letter. */
const QUOTED = 300;

/**
 * A server's words as they may be repeated: in one line, without what looks like a secret, and cut. A server that refuses a
 * document likes to quote it.
 */
export function quoted(text: string): string {
  // Bounded before it is searched: the words are the server's.
  const line = shortened(text, 4 * QUOTED)
    .replace(/\s+/g, " ")
    .trim();
  return shortened(printable(redactText(line)), QUOTED);
}

/** The body as a JSON object; undefined where it is none. */
export function jsonOf({ body }: Answer): JsonObject | undefined {
  return parseJsonObject(body);
}

/** Of the causes below a cause, the last one says most. */
const CAUSES = 5;

/** What Elasticsearch and OpenSearch say is wrong, of a request or of one item of a bulk. */
export interface ServerError {
  /** `index_not_found_exception`, …; "" where there is none. */
  readonly type: string;
  readonly reason: string;
}

/** The error in an answer's body (`{ "error": { "type", "reason" } }`), or in one item. */
export function serverError(holder: JsonObject | undefined): ServerError | undefined {
  const error = holder?.["error"];
  if (typeof error === "string") return { type: "", reason: error };
  if (!isJsonObject(error)) return undefined;
  const reasons: string[] = [];
  for (let cause: unknown = error; isJsonObject(cause) && reasons.length < CAUSES; cause = cause["caused_by"]) {
    reasons.push(textAt(cause, "reason"));
  }
  return { type: textAt(error, "type"), reason: [...new Set(reasons)].filter(Boolean).join(": ") };
}

/** An answer in some words: `HTTP 403, security_exception: action … is unauthorized`. */
export function answerText(answer: Answer): string {
  const error = serverError(jsonOf(answer));
  const words = error === undefined ? plainWords(answer) : [error.type, error.reason].filter(Boolean).join(": ");
  return `HTTP ${answer.status}${words === "" ? "" : `, ${quoted(words)}`}`;
}

/** A page of HTML says nothing worth repeating. */
function plainWords({ body, headers }: Answer): string {
  return /html/i.test(headers["content-type"] ?? "") || body.trimStart().startsWith("<") ? "" : body;
}

function textAt(object: JsonObject, key: string): string {
  const value = object[key];
  return typeof value === "string" ? value : "";
}
