import { isJsonObject } from "../json.js";
import { printable } from "../printable.js";
import { type JsonDocument, unwrapHit } from "../rules/document.js";

/** An event as some recorder wrote it. */
export interface RecordedEvent {
  /** The event itself: of a search hit its `_source`. */
  readonly document: JsonDocument;
  /** As it was recorded, on one line or on many: the hit, where the event came as one. */
  readonly text: string;
  /** From 1; where it begins. */
  readonly line: number;
}

/** A piece of a recording that is no event. The rest is read all the same. */
export interface RecordingProblem {
  /** From 1. */
  readonly line: number;
  readonly message: string;
}

/** Bytes. One event may not be longer; without a bound a file without line ends would fill the memory. */
export const MAX_EVENT_SIZE = 64 * 1_048_576;

export const TOO_LONG = `an event of more than ${MAX_EVENT_SIZE / 1_048_576} MiB`;

export type OnProblem = (problem: RecordingProblem) => void;

/** Reads one JSON text as an event. @returns undefined if it is none, of which `onProblem` is told */
export function readEvent(text: string, line: number, onProblem: OnProblem): RecordedEvent | undefined {
  let recorded: unknown;
  try {
    recorded = JSON.parse(text);
  } catch (error) {
    onProblem({ line, message: `not JSON: ${printable(error instanceof Error ? error.message : String(error))}` });
    return undefined;
  }
  if (!isJsonObject(recorded)) {
    onProblem({ line, message: "not an event: JSON, but not an object" });
    return undefined;
  }
  return { document: unwrapHit(recorded), text, line };
}
