import type { Sink } from "./stdio.js";

/** ms between two drawings. */
const INTERVAL = 100;
const BAR_WIDTH = 24;
const CLEAR_LINE = "\r\u001b[K";

/** How far a command is. */
export interface ProgressState {
  readonly name: string;
  readonly bytes: number;
  /** All bytes there will be; undefined where that is not known. */
  readonly size: number | undefined;
  readonly events: number;
}

/**
 * A line at the bottom of a terminal that says how far a command is, how fast, and for how long it will go on. Where
 * standard error is no terminal it does nothing.
 */
export class Progress {
  readonly #sink: Sink;
  readonly #now: () => number;
  readonly #start: number;
  #drawnAt: number;
  #isDrawn = false;

  /** @param now ms, monotonic */
  constructor(sink: Sink, now: () => number = () => performance.now()) {
    this.#sink = sink;
    this.#now = now;
    this.#start = now();
    this.#drawnAt = this.#start;
  }

  async update(state: ProgressState): Promise<void> {
    const now = this.#now();
    if (!this.#sink.isTerminal || now - this.#drawnAt < INTERVAL) return;
    this.#drawnAt = now;
    this.#isDrawn = true;
    const line = progressLine(state, now - this.#start);
    await this.#sink.write(`${CLEAR_LINE}${line.slice(0, this.#sink.columns - 1)}`);
  }

  /** Takes the line away, before other text is written to the terminal and at the end. */
  async clear(): Promise<void> {
    if (!this.#isDrawn) return;
    this.#isDrawn = false;
    await this.#sink.write(CLEAR_LINE);
  }
}

/** @param elapsed ms since the start */
export function progressLine({ name, bytes, size, events }: ProgressState, elapsed: number): string {
  const rate = `${number(elapsed > 0 ? (events / elapsed) * 1000 : 0)} events/s`;
  if (size === undefined || size === 0) return `${megabytes(bytes)}  ${number(events)} events  ${rate}  ${name}`;
  const share = Math.min(1, bytes / size);
  const filled = Math.round(share * BAR_WIDTH);
  const bar = `[${"#".repeat(filled)}${".".repeat(BAR_WIDTH - filled)}]`;
  const left = share > 0 ? `  ${duration(((1 - share) / share) * elapsed)} left` : "";
  return `${bar} ${Math.floor(share * 100)}%  ${megabytes(bytes)}  ${rate}${left}  ${name}`;
}

function megabytes(bytes: number): string {
  return `${(bytes / 1_048_576).toFixed(1)} MiB`;
}

function number(value: number): string {
  return Math.round(value).toLocaleString("en");
}

/** @param elapsed ms */
function duration(elapsed: number): string {
  const seconds = Math.ceil(elapsed / 1000);
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  return minutes < 60 ? `${minutes} min ${seconds % 60} s` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
