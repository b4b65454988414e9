import { parseJsonObject } from "../json.js";
import type { OnProblem, RecordedEvent } from "./event.js";
import { type ChunkReader, LineReader } from "./lines.js";
import { ValueReader } from "./values.js";

/** Bytes. As much of a recording is looked at to tell its form; a first line is hardly ever longer. */
const HEAD_SIZE = 1_048_576;
const LINE_FEED = 0x0a;
const BYTE_ORDER_MARK = Buffer.from("\ufeff", "utf8");

/** A JSON text whose first line breaks off as indented JSON does: after a bracket, a comma or a colon. */
const BROKEN_OFF = /[[{,:]\s*$/;
/** The keys with which an answer of Elasticsearch's search APIs begins. */
const ANSWER = /^\s*\{\s*"(?:took|timed_out|_shards|hits|is_partial|is_running|id|response|_scroll_id|pit_id)"\s*:/;

/**
 * Reads a recording: NDJSON, an array of events, or an answer of Elasticsearch's search, each on one line or on many.
 *
 * @param chunks its bytes
 * @param onProblem told of each piece that is no event, in the order of the recording; the rest is read all the same
 * @yields {readonly RecordedEvent[]} the events of each chunk together: one await for thousands of events
 */
export async function* readEvents(
  chunks: AsyncIterable<Buffer>,
  onProblem: OnProblem,
): AsyncGenerator<readonly RecordedEvent[], void> {
  let head: Buffer[] = [];
  let reader: ChunkReader | undefined;
  for await (const chunk of chunks) {
    if (reader !== undefined) {
      yield reader.read(chunk, onProblem);
      continue;
    }
    head.push(chunk);
    const bytes = Buffer.concat(head);
    if (!hasFirstLine(bytes) && bytes.length < HEAD_SIZE) continue;
    reader = readerFor(bytes);
    head = [];
    yield reader.read(withoutMark(bytes), onProblem);
  }
  if (reader === undefined) {
    const bytes = Buffer.concat(head);
    reader = readerFor(bytes);
    yield reader.read(withoutMark(bytes), onProblem);
  }
  yield reader.end(onProblem);
}

function readerFor(head: Buffer): ChunkReader {
  const text = withoutMark(head).toString("utf8").trimStart();
  if (text.startsWith("[")) return new ValueReader();
  if (!text.startsWith("{")) return new LineReader();
  const end = text.indexOf("\n");
  const line = end < 0 ? text : text.slice(0, end);
  let first: unknown;
  try {
    first = JSON.parse(line);
  } catch {
    // Either the first line of many that make one value, or a line that is broken: NDJSON says which.
    const isFirstOfMany = BROKEN_OFF.test(line) && !(end >= 0 && areEvents(text.slice(end + 1)));
    return isFirstOfMany || (end < 0 && ANSWER.test(line)) ? new ValueReader() : new LineReader();
  }
  return isAnswer(first) ? new ValueReader() : new LineReader();
}

/** Whether a text begins with two lines that are events: within one value a comma would stand between them. */
function areEvents(text: string): boolean {
  const lines = text.split("\n", 2);
  return lines.length === 2 && lines.every((line) => parseJsonObject(line) !== undefined);
}

/** Whether the value is the answer of a search, with its hits, rather than an event. */
function isAnswer(value: unknown): boolean {
  const hits = member(value, "hits") ?? member(member(value, "response"), "hits");
  return Array.isArray(member(hits, "hits")) || Array.isArray(member(hits, "events"));
}

function member(value: unknown, key: string): unknown {
  return typeof value === "object" && value !== null && key in value
    ? (value as Record<string, unknown>)[key]
    : undefined;
}

/** Whether a line that is not blank is there whole. */
function hasFirstLine(bytes: Buffer): boolean {
  let start = 0;
  for (;;) {
    const end = bytes.indexOf(LINE_FEED, start);
    if (end < 0) return false;
    if (bytes.subarray(start, end).toString("latin1").trim() !== "") return true;
    start = end + 1;
  }
}

function withoutMark(bytes: Buffer): Buffer {
  const hasMark = bytes.subarray(0, BYTE_ORDER_MARK.length).equals(BYTE_ORDER_MARK);
  return hasMark ? bytes.subarray(BYTE_ORDER_MARK.length) : bytes;
}
