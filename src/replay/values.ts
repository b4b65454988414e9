import { MAX_EVENT_SIZE, type OnProblem, type RecordedEvent, readEvent, TOO_LONG } from "./event.js";
import type { ChunkReader } from "./lines.js";

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const LINE_FEED = 0x0a;
const COLON = 0x3a;
const COMMA = 0x2c;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;
const SPACES: ReadonlySet<number> = new Set([0x20, 0x09, 0x0d, LINE_FEED]);

/** Deeper than this no answer of Elasticsearch has its hits: `response.hits.hits` of an asynchronous search. */
const MAX_HITS_DEPTH = 4;
/** Bytes; the keys that lead to the hits are shorter. */
const MAX_KEY_SIZE = 32;

const PAST_HITS = -1;

interface Container {
  readonly isArray: boolean;
  /** The key under which it stands in an object. */
  readonly key: string | undefined;
}

/**
 * Reads JSON that spreads over lines or fills one: an array of events, a search's answer (its hits, wherever in the text
 * they begin), or objects one after the other. Events are found by counting brackets, so that an answer of any
 * size is read piece by piece; JSON.parse then judges each.
 */
export class ValueReader implements ChunkReader {
  /** How many containers are open. */
  #depth = 0;
  /** Those of them that are as near to the root as the hits may be; deeper ones are only counted. */
  readonly #open: Container[] = [];
  /**
   * How many containers are open around the events: 1 in an array, 3 in a search's answer, 0 where objects follow each
   * other. PAST_HITS in the rest of a search's answer.
   */
  #eventDepth = 0;
  /** Bytes of the current event from earlier chunks. */
  #held: Buffer[] = [];
  #heldSize = 0;
  /** The line where the current event begins; undefined between events. */
  #startLine: number | undefined;
  #line = 1;
  #inString = false;
  #escaped = false;
  /** The bytes of the last string near the root, which may turn out to be a key. */
  #string: number[] = [];
  #key: string | undefined;
  /** The last line on which something was found that is no event; each is told once. */
  #strayLine = 0;
  #events: RecordedEvent[] = [];
  #tell: OnProblem = () => undefined;

  read(chunk: Buffer, onProblem: OnProblem): readonly RecordedEvent[] {
    this.#tell = onProblem;
    let start = 0;
    for (let index = 0; index < chunk.length; index++) {
      const byte = chunk[index] ?? 0;
      if (byte === LINE_FEED) this.#line++;
      if (this.#inString) {
        this.#stringByte(byte);
      } else if (byte === QUOTE) {
        this.#inString = true;
        this.#string = [];
        if (this.#startLine === undefined && this.#isBetweenEvents()) this.#stray();
      } else if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) {
        if (this.#begins(byte)) start = index;
      } else if (byte === CLOSE_OBJECT || byte === CLOSE_ARRAY) {
        if (this.#closes()) this.#emit(chunk.subarray(start, index + 1));
      } else if (byte === COLON) {
        if (this.#depth <= MAX_HITS_DEPTH) this.#key = String.fromCharCode(...this.#string);
      } else if (this.#startLine === undefined && this.#isBetweenEvents() && byte !== COMMA && !SPACES.has(byte)) {
        this.#stray();
      }
    }
    if (this.#startLine !== undefined) this.#hold(chunk.subarray(start));
    return this.#take();
  }

  end(onProblem: OnProblem): readonly RecordedEvent[] {
    if (this.#depth > 0) {
      onProblem({ line: this.#startLine ?? this.#line, message: "the recording ends in the middle of a value" });
    }
    return this.#take();
  }

  #take(): readonly RecordedEvent[] {
    const events = this.#events;
    this.#events = [];
    return events;
  }

  #stringByte(byte: number): void {
    if (this.#escaped) this.#escaped = false;
    else if (byte === BACKSLASH) this.#escaped = true;
    else if (byte === QUOTE) {
      this.#inString = false;
      return;
    }
    if (this.#depth <= MAX_HITS_DEPTH && this.#string.length < MAX_KEY_SIZE) this.#string.push(byte);
  }

  #isBetweenEvents(): boolean {
    return this.#depth === this.#eventDepth;
  }

  /** Opens a container. @returns whether an event begins with it */
  #begins(byte: number): boolean {
    const isArray = byte === OPEN_ARRAY;
    this.#depth++;
    if (this.#depth <= MAX_HITS_DEPTH) {
      const parent = this.#open.at(-1);
      this.#open.push({ isArray, key: parent?.isArray === false ? this.#key : undefined });
      if (isArray && this.#holdsHits()) {
        // What was taken for an event is the answer around the hits.
        this.#drop();
        this.#eventDepth = this.#depth;
        return false;
      }
    }
    this.#key = undefined;
    if (this.#startLine !== undefined || this.#depth !== this.#eventDepth + 1) return false;
    if (isArray && this.#depth === 1) {
      this.#eventDepth = 1;
      return false;
    }
    this.#startLine = this.#line;
    return true;
  }

  /** Whether the container just opened is the list of a search's hits. */
  #holdsHits(): boolean {
    const [own, parent] = [this.#open.at(-1), this.#open.at(-2)];
    return this.#eventDepth === 0 && parent?.key === "hits" && (own?.key === "hits" || own?.key === "events");
  }

  /** Closes a container. @returns whether an event ends with it */
  #closes(): boolean {
    if (this.#depth === 0) {
      this.#stray();
      return false;
    }
    if (this.#depth <= MAX_HITS_DEPTH) this.#open.pop();
    this.#depth--;
    this.#key = undefined;
    if (this.#startLine !== undefined) return this.#depth === this.#eventDepth;
    // Behind the hits comes the rest of the answer; behind that another value may follow.
    if (this.#depth === 0) this.#eventDepth = 0;
    else if (this.#depth < this.#eventDepth) this.#eventDepth = PAST_HITS;
    return false;
  }

  #emit(tail: Buffer): void {
    this.#hold(tail);
    const [first, ...others] = this.#held;
    if (first !== undefined) {
      const bytes = others.length === 0 ? first : Buffer.concat(this.#held);
      const event = readEvent(bytes.toString("utf8"), this.#startLine ?? this.#line, this.#tell);
      if (event !== undefined) this.#events.push(event);
    }
    this.#drop();
  }

  /** Holds a piece of the current event; of one that is too long nothing. */
  #hold(bytes: Buffer): void {
    if (this.#heldSize > MAX_EVENT_SIZE) return;
    this.#held.push(bytes);
    this.#heldSize += bytes.length;
    if (this.#heldSize <= MAX_EVENT_SIZE) return;
    this.#held = [];
    this.#tell({ line: this.#startLine ?? this.#line, message: TOO_LONG });
  }

  #drop(): void {
    this.#held = [];
    this.#heldSize = 0;
    this.#startLine = undefined;
  }

  #stray(): void {
    if (this.#strayLine === this.#line) return;
    this.#strayLine = this.#line;
    this.#tell({ line: this.#line, message: "not an event: expected a JSON object" });
  }
}
