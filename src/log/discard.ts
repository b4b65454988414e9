import { isJsonObject, parseJsonObject, type JsonObject } from "../json.js";
import { readLines, timeOf, type ReadLines } from "./lines.js";
import type { ForcedOut } from "./queue.js";
import { SegmentGoneError, type Segment } from "./segment.js";

const CHUNK = { lines: 1000, bytes: 256 * 1024 };

/** What stands in a segment from a byte on, counted by subject; undefined if there is nothing. */
export async function countBySubject(segment: Segment, from: number, now: number): Promise<ForcedOut | undefined> {
  const subjects = new Map<string, number>();
  let lines = 0;
  let begin: number | undefined;
  let end: number | undefined;
  for (let position = from; position < segment.size;) {
    const read = await readOrNothing(segment, position);
    if (read === undefined || read.lines.length === 0) break;
    position += read.bytes;
    lines += read.lines.length;
    begin ??= timeOf(read.lines[0]);
    end = timeOf(read.lines.at(-1)) ?? end;
    for (const line of read.lines) {
      const subject = subjectOf(line);
      subjects.set(subject, (subjects.get(subject) ?? 0) + 1);
    }
  }
  if (lines === 0) return undefined;
  const bytes = segment.size - from;
  return { lines, bytes, bySubject: Object.fromEntries(subjects), from: begin ?? now, until: end ?? now };
}

/** A line's subject as its LogEntry had it: the rule's id of an alert, the action of a health document. */
function subjectOf(line: Buffer): string {
  // What is not JSON, or has no such members, is no line of ours.
  const document = parseJsonObject(line.toString("utf8")) ?? {};
  const event = memberOf(document, "event");
  const subject = event["kind"] === "alert" ? memberOf(document, "rule")["id"] : event["action"];
  return typeof subject === "string" ? subject : "unknown";
}

function memberOf(object: JsonObject, key: string): JsonObject {
  const member = object[key];
  return isJsonObject(member) ? member : {};
}

async function readOrNothing(segment: Segment, position: number): Promise<ReadLines | undefined> {
  try {
    return await readLines(segment, position, segment.size, CHUNK);
  } catch (error) {
    if (error instanceof SegmentGoneError) return undefined;
    throw error;
  }
}
