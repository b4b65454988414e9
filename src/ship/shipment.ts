import { isJsonObject, type JsonObject } from "../json.js";

/** A line of the alert log on its way to a sink. */
export interface Shipment {
  /** One JSON document, without a newline. */
  readonly line: Buffer;
  /** What makes it the same document wherever and however often it arrives. */
  readonly id: string;
  readonly kind: "alert" | "health";
  /** `@timestamp`, as the document has it; undefined where it has none. */
  readonly timestamp: string | undefined;
  /** `host.name` */
  readonly host: string | undefined;
}

/** Elasticsearch takes no longer `_id`. Bytes. */
const LONGEST_ID = 512;

/** A line as a shipment, or why it is none: somebody else wrote into the log, or a disk gave it back damaged. */
export function shipmentOf(line: Buffer): Shipment | string {
  let document: unknown;
  try {
    document = JSON.parse(line.toString("utf8"));
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return "the line is not JSON";
  }
  if (!isJsonObject(document)) return "the line is not a JSON object";
  const event = sectionOf(document, "event");
  const kind = event["kind"] === "alert" ? "alert" : "health";
  const id = kind === "alert" ? sectionOf(sectionOf(document, "wallwatch"), "alert")["id"] : event["id"];
  if (typeof id !== "string" || id === "") {
    return `the document has no ${kind === "alert" ? "wallwatch.alert.id" : "event.id"}`;
  }
  if (Buffer.byteLength(id) > LONGEST_ID) return "the document's id is too long";
  return {
    line,
    id,
    kind,
    timestamp: textAt(document, "@timestamp"),
    host: textAt(sectionOf(document, "host"), "name"),
  };
}

function sectionOf(object: JsonObject, key: string): JsonObject {
  const value = object[key];
  return isJsonObject(value) ? value : {};
}

function textAt(object: JsonObject, key: string): string | undefined {
  const value = object[key];
  return typeof value === "string" ? value : undefined;
}
