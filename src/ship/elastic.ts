import { answerText, type Answer } from "./client/answer.js";
import type { Client } from "./client/client.js";
import { packed } from "./gzip.js";
import { bulkOutcome, foundIds, type BulkOutcome } from "./outcome/bulk.js";
import { hold, refusedRequest, retry, type Hold, type Outcome, type Retry } from "./outcome/outcome.js";
import { ask } from "./outcome/transport.js";
import type { Shipment } from "./shipment.js";
import type { Found, Target } from "./target.js";

/** Where alerts and health documents go. */
export interface DataStreams {
  readonly alert: string;
  readonly health: string;
}

export interface ElasticOptions {
  readonly kind: "elasticsearch" | "opensearch";
  readonly client: Client;
  readonly streams: DataStreams;
  readonly isCompressed: boolean;
}

/** Only what is looked at; error and status are there where the whole request is refused. */
const BULK_FILTER = "error,status,items.*.status,items.*.error.type,items.*.error.reason,items.*.error.caused_by";
const SEARCH_FILTER = "error,status,timed_out,_shards.failed,hits.total.value,hits.hits._id";
const NDJSON = { "content-type": "application/x-ndjson" };
const JSON_TYPE = { "content-type": "application/json" };

/**
 * Elasticsearch and OpenSearch: documents go by `_bulk` and `create`, with ids of ours, into data streams.
 *
 * A `create` with an id that is there answers 409, but only within one backing index: after a rollover it would make a second
 * copy. So what may have arrived is looked up across the data stream first.
 */
export class ElasticTarget implements Target {
  readonly maxCount = 5000;
  readonly #options: ElasticOptions;

  constructor(options: ElasticOptions) {
    this.#options = options;
  }

  async send(shipments: readonly Shipment[], isProven: boolean, signal: AbortSignal): Promise<BulkOutcome> {
    const { kind, client, isCompressed } = this.#options;
    if (kind === "opensearch") {
      const missing = await this.#withoutStream(shipments, signal);
      if (missing !== undefined) return missing;
    }
    const { body, headers } = await packed(this.#bulkBody(shipments), isCompressed);
    // Without its template the data stream would become an index with a mapping of its own.
    const guard = kind === "elasticsearch" ? "&require_data_stream=true" : "";
    const path = `/_bulk?filter_path=${BULK_FILTER}${guard}`;
    const asked = await ask(client, { method: "POST", path, headers: { ...NDJSON, ...headers }, body }, signal);
    if (asked.kind !== "answer") return asked;
    return bulkOutcome(asked.answer, { count: shipments.length, isProven, now: Date.now() });
  }

  readonly find = async (shipments: readonly Shipment[], signal: AbortSignal): Promise<Found> => {
    const found = new Set<string>();
    for (const kind of ["alert", "health"] as const) {
      const ids = shipments.filter((shipment) => shipment.kind === kind).map(({ id }) => id);
      if (ids.length === 0) continue;
      const outcome = await this.#findIn(this.#options.streams[kind], ids, signal);
      if (outcome.kind !== "found") return outcome;
      for (const id of outcome.ids) found.add(id);
    }
    return { kind: "found", ids: found };
  };

  close(): void {
    this.#options.client.close();
  }

  #bulkBody(shipments: readonly Shipment[]): Buffer {
    const { streams } = this.#options;
    const newline = Buffer.from("\n");
    const parts = shipments.flatMap(({ id, kind, line }) => [
      Buffer.from(`${JSON.stringify({ create: { _index: streams[kind], _id: id } })}\n`),
      line,
      newline,
    ]);
    return Buffer.concat(parts);
  }

  /** A search sees what was refreshed; so a refresh comes first. */
  async #findIn(stream: string, ids: readonly string[], signal: AbortSignal): Promise<Found> {
    const { client } = this.#options;
    const refreshed = await ask(client, { method: "POST", path: `/${stream}/_refresh`, headers: {} }, signal);
    if (refreshed.kind !== "answer") return refreshed;
    // There is no data stream, so there is nothing in it.
    if (refreshed.answer.status === 404) return { kind: "found", ids: new Set() };
    if (refreshed.answer.status !== 200) return notFound(refreshed.answer);
    const body = Buffer.from(JSON.stringify({ size: ids.length, _source: false, query: { ids: { values: ids } } }));
    const path = `/${stream}/_search?filter_path=${SEARCH_FILTER}&allow_partial_search_results=false`;
    const searched = await ask(client, { method: "POST", path, headers: JSON_TYPE, body }, signal);
    if (searched.kind !== "answer") return searched;
    if (searched.answer.status !== 200) return notFound(searched.answer);
    const known = foundIds(searched.answer);
    return known === undefined ? retry("a search for what has arrived was not whole") : { kind: "found", ids: known };
  }

  /** OpenSearch has no require_data_stream: each stream is looked up, and made where its template is there. */
  async #withoutStream(shipments: readonly Shipment[], signal: AbortSignal): Promise<Outcome | undefined> {
    const { client, streams } = this.#options;
    for (const stream of new Set(shipments.map(({ kind }) => streams[kind]))) {
      const looked = await ask(client, { method: "GET", path: `/_data_stream/${stream}` }, signal);
      if (looked.kind !== "answer") return looked;
      if (looked.answer.status === 200) continue;
      if (looked.answer.status !== 404) return refusal(looked.answer, `the data stream ${stream} cannot be looked up`);
      const made = await ask(client, { method: "PUT", path: `/_data_stream/${stream}` }, signal);
      if (made.kind !== "answer") return made;
      if (made.answer.status === 200 || made.answer.body.includes("resource_already_exists_exception")) continue;
      return made.answer.status === 400
        ? hold(`${stream} has no index template with a data stream ("wallwatch setup" installs it)`)
        : refusal(made.answer, `the data stream ${stream} cannot be made`);
    }
    return undefined;
  }
}

/** Looking up is not a document's affair: nothing of it makes a dead letter. */
function refusal(answer: Answer, what: string): Retry | Hold {
  const outcome = refusedRequest(answer, { count: 1, isProven: false, now: Date.now() });
  if (outcome.kind === "retry") return retry(`${what}: ${outcome.reason}`, { after: outcome.after });
  return hold(`${what}: ${answerText(answer)}`);
}

function notFound(answer: Answer): Retry | Hold {
  const needs = answer.status === 403 ? " (it takes the privileges read and maintenance)" : "";
  return refusal(answer, `what has arrived cannot be looked up${needs}`);
}
