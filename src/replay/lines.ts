import { MAX_EVENT_SIZE, type OnProblem, type RecordedEvent, readEvent, TOO_LONG } from "./event.js";

const LINE_FEED = 0x0a;
const BLANK = /^\s*$/;
const OPENING_BRACE = 0x7b;

/**
 * Bytes that are decoded together, at least one line. V8 maps memory of its own for every string of 128 KiB or more, which
 * costs several times what decoding does.
 */
const PIECE_SIZE = 65_536;

/** Reads a recording that comes in chunks. What is no event is told to `onProblem`, in the order of the recording. */
export interface ChunkReader {
  /** @returns the events that this chunk completes */
  read(chunk: Buffer, onProblem: OnProblem): readonly RecordedEvent[];
  /** @returns what is left when the recording ends */
  end(onProblem: OnProblem): readonly RecordedEvent[];
}

/** Reads NDJSON: one event on each line, blank lines between them allowed. */
export class LineReader implements ChunkReader {
  /** The beginning of a line whose end has not come yet. */
  #rest: Buffer[] = [];
  /** Bytes of that line so far; beyond MAX_EVENT_SIZE nothing of it is held. */
  #restSize = 0;
  #line = 1;

  read(chunk: Buffer, onProblem: OnProblem): readonly RecordedEvent[] {
    const firstEnd = chunk.indexOf(LINE_FEED);
    if (firstEnd < 0) {
      this.#hold(chunk, onProblem);
      return [];
    }
    const events: RecordedEvent[] = [];
    this.#hold(chunk.subarray(0, firstEnd), onProblem);
    this.#endLine(events, onProblem);
    const lastEnd = chunk.lastIndexOf(LINE_FEED) + 1;
    for (let start = firstEnd + 1; start < lastEnd;) {
      const end = pieceEnd(chunk, start, lastEnd);
      this.#readLines(chunk.toString("utf8", start, end), events, onProblem);
      start = end;
    }
    this.#hold(chunk.subarray(lastEnd), onProblem);
    return events;
  }

  end(onProblem: OnProblem): readonly RecordedEvent[] {
    const events: RecordedEvent[] = [];
    this.#endLine(events, onProblem);
    return events;
  }

  #hold(bytes: Buffer, onProblem: OnProblem): void {
    if (bytes.length === 0 || this.#restSize > MAX_EVENT_SIZE) return;
    this.#rest.push(bytes);
    this.#restSize += bytes.length;
    if (this.#restSize <= MAX_EVENT_SIZE) return;
    this.#rest = [];
    onProblem({ line: this.#line, message: TOO_LONG });
  }

  /** Reads the line that was held, now that it is whole. */
  #endLine(events: RecordedEvent[], onProblem: OnProblem): void {
    this.#readLine(Buffer.concat(this.#rest).toString("utf8"), events, onProblem);
    this.#rest = [];
    this.#restSize = 0;
  }

  #readLines(text: string, events: RecordedEvent[], onProblem: OnProblem): void {
    for (let start = 0; start < text.length;) {
      const end = text.indexOf("\n", start);
      this.#readLine(text.slice(start, end), events, onProblem);
      start = end + 1;
    }
  }

  #readLine(line: string, events: RecordedEvent[], onProblem: OnProblem): void {
    const number = this.#line++;
    if (line.charCodeAt(0) !== OPENING_BRACE && BLANK.test(line)) return;
    const event = readEvent(line.endsWith("\r") ? line.slice(0, -1) : line, number, onProblem);
    if (event !== undefined) events.push(event);
  }
}

/** Where a run of whole lines ends. They end at a byte that no character has inside it, so each run decodes on its own. */
function pieceEnd(chunk: Buffer, start: number, lastEnd: number): number {
  if (lastEnd - start <= PIECE_SIZE) return lastEnd;
  const end = chunk.lastIndexOf(LINE_FEED, start + PIECE_SIZE - 1) + 1;
  return end > start ? end : chunk.indexOf(LINE_FEED, start + PIECE_SIZE) + 1;
}
