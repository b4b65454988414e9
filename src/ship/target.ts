import type { BulkOutcome } from "./outcome/bulk.js";
import type { Hold, Retry } from "./outcome/outcome.js";
import type { Shipment } from "./shipment.js";

/** Documents that are there already, by their ids; or why that cannot be told. */
export type Found = { readonly kind: "found"; readonly ids: ReadonlySet<string> } | Retry | Hold;

/** One kind of server, as the loop of a sink needs it. Whatever the network does is an outcome; only an abort is thrown. */
export interface Target {
  /** Documents that go into one request at most. */
  readonly maxCount: number;
  send(shipments: readonly Shipment[], isProven: boolean, signal: AbortSignal): Promise<BulkOutcome>;
  /** Looks shipments up, so that what has arrived is not sent again; undefined where the server has no such thing. */
  readonly find: ((shipments: readonly Shipment[], signal: AbortSignal) => Promise<Found>) | undefined;
  close(): void;
}
