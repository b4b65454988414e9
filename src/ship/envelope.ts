import type { Shipment } from "./shipment.js";

export type BodyFormat = "single" | "array" | "ndjson";

/** What Splunk's HTTP Event Collector is told of each event; undefined: the token's default. */
export interface HecMetadata {
  readonly index: string | undefined;
  readonly sourcetype: string;
}

const HEC_SOURCE = "wallwatch";

const NEWLINE = Buffer.from("\n");

/** Shipments as the body of a POST: one document, a JSON array, or a line for each. */
export function plainBody(shipments: readonly Shipment[], format: BodyFormat): Buffer {
  const lines = shipments.map(({ line }) => line);
  if (format === "array")
    return Buffer.concat([Buffer.from("["), ...between(lines, Buffer.from(",")), Buffer.from("]")]);
  return Buffer.concat(format === "single" ? lines : lines.flatMap((line) => [line, NEWLINE]));
}

/** Shipments in the envelope of Splunk's HTTP Event Collector: objects one after the other, `event` being the document. */
export function hecBody(shipments: readonly Shipment[], { index, sourcetype }: HecMetadata): Buffer {
  return Buffer.concat(
    shipments.flatMap(({ line, timestamp, host }) => {
      const time = timestamp === undefined ? NaN : Date.parse(timestamp) / 1000;
      const metadata = { ...(Number.isNaN(time) ? {} : { time }), host, source: HEC_SOURCE, sourcetype, index };
      // The document stays as it is in the log, byte for byte.
      const head = JSON.stringify(metadata).slice(0, -1);
      return [Buffer.from(`${head},"event":`), line, Buffer.from("}\n")];
    }),
  );
}

function between(lines: readonly Buffer[], separator: Buffer): Buffer[] {
  return lines.flatMap((line, index) => (index === 0 ? [line] : [separator, line]));
}
