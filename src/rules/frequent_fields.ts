import { isJsonObject, type JsonObject } from "../json.js";

type Read = (event: JsonObject) => unknown;

/**
 * How nearly all documents have what rules ask of nearly every event: nested. Written out, because V8 remembers for each
 * place in the code where it found the key in such an object last time: one place for all keys takes three times as long.
 * undefined where the field is missing, or may be written in another way.
 */
export const FREQUENT_FIELDS: ReadonlyMap<string, Read> = new Map<string, Read>([
  ["container.id", (event) => within(event["container.id"], event["container"])?.["id"]],
  ["event.action", (event) => within(event["event.action"], event["event"])?.["action"]],
  ["event.category", (event) => within(event["event.category"], event["event"])?.["category"]],
  ["event.type", (event) => within(event["event.type"], event["event"])?.["type"]],
  ["process.args", (event) => within(event["process.args"], event["process"])?.["args"]],
  ["process.executable", (event) => within(event["process.executable"], event["process"])?.["executable"]],
  ["process.name", (event) => within(event["process.name"], event["process"])?.["name"]],
  [
    "process.parent.executable",
    (event) => {
      const process = within(event["process.parent.executable"] ?? event["process.parent"], event["process"]);
      return within(process?.["parent.executable"], process?.["parent"])?.["executable"];
    },
  ],
  [
    "process.parent.name",
    (event) => {
      const process = within(event["process.parent.name"] ?? event["process.parent"], event["process"]);
      return within(process?.["parent.name"], process?.["parent"])?.["name"];
    },
  ],
]);

/** The object in which a key lies; undefined where there is none, or the two keys are also written as one. */
function within(dotted: unknown, object: unknown): JsonObject | undefined {
  return dotted === undefined && isJsonObject(object) ? object : undefined;
}
