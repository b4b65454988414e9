import { MAX_EVENT_SIZE, type RecordedEvent, type RecordingProblem, TOO_LONG, toEvent } from "./event.js";

const LINE_FEED = 0x0a;
const BLANK = /^\s*$/;

/** What a reader of chunks gives for each of them. */
export interface ChunkReader {
  /** The events and problems that this chunk completes. */
  read(chunk: Buffer): (RecordedEvent | RecordingProblem)[];
  /** What is left when the recording ends. */
  end(): (RecordedEvent | RecordingProblem)[];
}

/** Reads NDJSON: one event on each line, blank lines between them allowed. */
export class LineReader implements ChunkReader {
  /** The beginning of a line whose end has not come yet. */
  #rest: Buffer[] = [];
  /** Bytes of that line so far; beyond MAX_EVENT_SIZE nothing of it is held. */
  #restSize = 0;
  #line = 1;

  read(chunk: Buffer): (RecordedEvent | RecordingProblem)[] {
    const firstEnd = chunk.indexOf(LINE_FEED);
    if (firstEnd < 0) return this.#hold(chunk);
    const found = this.#hold(chunk.subarray(0, firstEnd));
    // Lines end at a byte that no character has inside it, so each whole run of lines decodes on its own.
    const end = chunk.lastIndexOf(LINE_FEED) + 1;
    found.push(...this.#lines(Buffer.concat([...this.#rest, chunk.subarray(firstEnd, end)])));
    this.#rest = [];
    this.#restSize = 0;
    return found.concat(this.#hold(chunk.subarray(end)));
  }

  end(): (RecordedEvent | RecordingProblem)[] {
    return this.#lines(Buffer.concat([...this.#rest, Buffer.of(LINE_FEED)]));
  }

  #hold(bytes: Buffer): (RecordedEvent | RecordingProblem)[] {
    if (bytes.length === 0 || this.#restSize > MAX_EVENT_SIZE) return [];
    this.#rest.push(bytes);
    this.#restSize += bytes.length;
    if (this.#restSize <= MAX_EVENT_SIZE) return [];
    this.#rest = [];
    return [{ line: this.#line, message: TOO_LONG }];
  }

  /** @param bytes whole lines, each with its line feed */
  #lines(bytes: Buffer): (RecordedEvent | RecordingProblem)[] {
    const text = bytes.toString("utf8");
    const found: (RecordedEvent | RecordingProblem)[] = [];
    for (let start = 0; start < text.length;) {
      const end = text.indexOf("\n", start);
      const line = text.slice(start, text[end - 1] === "\r" ? end - 1 : end);
      if (!BLANK.test(line)) found.push(toEvent(line, this.#line, true));
      this.#line++;
      start = end + 1;
    }
    return found;
  }
}
