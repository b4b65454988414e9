import type { LogEntry } from "./entry.js";
import type { ForcedOut } from "./queue.js";
import type { ReaderTrouble } from "./reader.js";
import type { TornLine } from "./tail.js";

/** What the log tells about itself; nothing of it throws or ends the process. */
export interface LogEvents {
  /** These lines are on disk. */
  committed?(entries: readonly LogEntry[]): void;
  /** The disk refuses lines: told at the first failure, when the reason changes, and every minute while it goes on. */
  outage?(error: unknown, waiting: Waiting): void;
  /** The outage is over and all that waited is on disk. */
  recovered?(): void;
  /** These lines had no room in memory, before or after others that are on disk now. A line may be appended to say so. */
  forcedOut?(lines: ForcedOut): void;
  /** These lines were deleted for the sake of the disk budget before every reader had them. A line may be appended to say so. */
  discarded?(lines: ForcedOut): void;
  /** Segments cannot be closed or deleted; the log goes on in the one that is there. Told as an outage is. */
  rotationRefused?(error: unknown): void;
  /** The file was moved away or deleted, and a new one is at its path. */
  replaced?(): void;
  /** The log ended in a line cut short, by an earlier process or another writer. */
  torn?(line: TornLine): void;
  /** What a reader cannot do. What goes on is told as an outage is. */
  reader?(name: string, trouble: ReaderTrouble): void;
}

/** What is not on disk yet. */
export interface Waiting {
  readonly lines: number;
  readonly bytes: number;
  /** Lines that had no room and have not been told by `forcedOut` yet. */
  readonly refused: number;
}

/** The log as it is, and counts since it was opened. */
export interface LogStats {
  readonly segments: number;
  /** Of all segments. */
  readonly bytes: number;
  /** Last lines that were cut short. */
  readonly torn: number;
  /** Lines that the disk budget took before every reader had them, by subject: for alerts the rule's id. */
  readonly discarded: Readonly<Record<string, number>>;
}
