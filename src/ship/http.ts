import type { Client } from "./client/client.js";
import { hecBody, plainBody, type BodyFormat, type HecMetadata } from "./envelope.js";
import { packed } from "./gzip.js";
import type { BulkOutcome } from "./outcome/bulk.js";
import { hecOutcome, httpOutcome } from "./outcome/http.js";
import { ask } from "./outcome/transport.js";
import type { Shipment } from "./shipment.js";
import type { Target } from "./target.js";

export interface HttpOptions {
  readonly client: Client;
  readonly format: BodyFormat;
  /** Splunk's envelope; it has a format of its own. */
  readonly hec: HecMetadata | undefined;
  readonly isCompressed: boolean;
}

/** Any server that takes JSON by POST. What may have arrived cannot be looked up there, so it may arrive twice. */
export class HttpTarget implements Target {
  readonly maxCount: number;
  readonly find = undefined;
  readonly #options: HttpOptions;

  constructor(options: HttpOptions) {
    this.#options = options;
    this.maxCount = options.hec === undefined && options.format === "single" ? 1 : Infinity;
  }

  async send(shipments: readonly Shipment[], isProven: boolean, signal: AbortSignal): Promise<BulkOutcome> {
    const { client, format, hec, isCompressed } = this.#options;
    const plain = hec === undefined ? plainBody(shipments, format) : hecBody(shipments, hec);
    const { body, headers } = await packed(plain, isCompressed);
    const type = hec === undefined && format === "ndjson" ? "application/x-ndjson" : "application/json";
    const request = { method: "POST", path: "", headers: { "content-type": type, ...headers }, body } as const;
    const asked = await ask(client, request, signal);
    if (asked.kind !== "answer") return asked;
    const sending = { count: shipments.length, isProven, now: Date.now() };
    return hec === undefined ? httpOutcome(asked.answer, sending) : hecOutcome(asked.answer, sending);
  }

  close(): void {
    this.#options.client.close();
  }
}
