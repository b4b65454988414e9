import { isJsonObject, type JsonObject } from "../../json.js";
import { jsonOf, quoted, serverError, type Answer, type ServerError } from "../client/answer.js";
import { hold, refusedRequest, retry, SENT, type Outcome, type Sending } from "./outcome.js";

/** Of a `_bulk`: one outcome for all of it, or one for each item in the order of the request. */
export type BulkOutcome = { readonly kind: "items"; readonly items: readonly Outcome[] } | Outcome;

/**
 * Types of errors with status 400 that an item gets although its document is good: the index is not as it has to be. As seen on
 * Elasticsearch 8 and 9 and OpenSearch 2 and 3.
 */
const INDEX_AT_FAULT: ReadonlySet<string> = new Set([
  "action_request_validation_exception",
  "index_closed_exception",
  "index_create_exception",
  "index_creation_exception",
  "invalid_alias_name_exception",
  "invalid_index_name_exception",
  "invalid_index_template_exception",
  "resource_already_exists_exception",
  "validation_exception",
]);
/**
 * The same where the type says nothing: `illegal_argument_exception` stands for documents and for settings. At the beginning
 * only, for what a document holds may be quoted further on.
 */
const INDEX_AT_FAULT_REASON =
  /^(?:no write index is defined|pipeline with id|no matching index template|only write ops with an op_type of create)/i;

/** What became of the documents of a `_bulk` request by its answer. */
export function bulkOutcome(answer: Answer, sending: Sending): BulkOutcome {
  if (answer.status !== 200) return refusedBulk(answer, sending);
  const items = jsonOf(answer)?.["items"];
  // A body that is cut, or somebody else's: what the server did is not known.
  if (!Array.isArray(items) || items.length !== sending.count) {
    return retry("the answer to _bulk is not one that Elasticsearch gives", { mayHaveArrived: true });
  }
  return { kind: "items", items: items.map((item: unknown) => itemOutcome(item)) };
}

function refusedBulk(answer: Answer, sending: Sending): Outcome {
  if (answer.status >= 200 && answer.status < 300) {
    return hold(`HTTP ${answer.status} to _bulk: this is not Elasticsearch or OpenSearch`);
  }
  const outcome = refusedRequest(answer, sending);
  if (answer.status !== 400) return outcome;
  const { type = "", reason = "" } = serverError(jsonOf(answer)) ?? {};
  if (reason.includes("require_data_stream")) {
    return hold(
      'Elasticsearch before 8.13 does not know require_data_stream: set type = "opensearch", which looks it up',
    );
  }
  // Without an error of its own the 400 is not of Elasticsearch but of something before it, such as a proxy that wants TLS.
  return type === "" || INDEX_AT_FAULT_REASON.test(reason) ? hold(`HTTP 400, ${quoted(`${type} ${reason}`)}`) : outcome;
}

/** `{ "create": { "_id", "status", "error"? } }` */
function itemOutcome(item: unknown): Outcome {
  const result = isJsonObject(item) ? Object.values(item).find(isJsonObject) : undefined;
  const status = result?.["status"];
  if (result === undefined || typeof status !== "number") {
    return retry("an item of the answer to _bulk has no status", { mayHaveArrived: true });
  }
  // 409: a document of this id is there, and ids are hashes of what they name.
  if ((status >= 200 && status < 300) || status === 409) return SENT;
  const error = serverError(result) ?? { type: "", reason: "" };
  const reason = itemText(status, error);
  if (status === 429) return pacedOrHeld(error, reason);
  if (status === 400) return isIndexAtFault(error) ? hold(reason) : { kind: "dead", reason };
  if (status === 413) return { kind: "dead", reason };
  // A shard that failed on the way may have written it.
  if (status >= 500) return retry(reason, { mayHaveArrived: true });
  // Elasticsearch with require_data_stream where there is no template for the name.
  return hold(status === 404 ? `${reason} ("wallwatch setup" installs the index templates)` : reason);
}

/** Too busy; or a disk so full that the index was blocked, which waiting alone does not mend. */
function pacedOrHeld({ type }: ServerError, reason: string): Outcome {
  return type === "cluster_block_exception" ? hold(reason) : retry(reason, { isPace: true });
}

function isIndexAtFault({ type, reason }: ServerError): boolean {
  return INDEX_AT_FAULT.has(type) || (type === "illegal_argument_exception" && INDEX_AT_FAULT_REASON.test(reason));
}

function itemText(status: number, { type, reason }: ServerError): string {
  const words = [type, reason].filter(Boolean).join(": ");
  return `item ${status}${words === "" ? "" : `, ${quoted(words)}`}`;
}

/** The ids in an answer to a search for ids; undefined where it is not whole: shards missing, or timed out. */
export function foundIds(answer: Answer): ReadonlySet<string> | undefined {
  const body = answer.status === 200 ? jsonOf(answer) : undefined;
  const shards = body?.["_shards"];
  const hits = body?.["hits"];
  if (body?.["timed_out"] !== false || !isJsonObject(shards) || shards["failed"] !== 0 || !isJsonObject(hits))
    return undefined;
  // `filter_path` leaves an empty list out.
  const list = hits["hits"] ?? (isJsonObject(hits["total"]) && hits["total"]["value"] === 0 ? [] : undefined);
  if (!Array.isArray(list)) return undefined;
  const ids = list.filter(isJsonObject).map((hit: JsonObject) => hit["_id"]);
  return new Set(ids.filter((id) => typeof id === "string"));
}
