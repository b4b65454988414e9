import type { Detection } from "../detect/detector.js";
import type { LogEntry } from "../log/entry.js";

/**
 * Tells of alerts when they are on disk, for only then they count as raised. While the disk refuses them they are told at
 * once: whoever is watching must not be kept in the dark by a full disk.
 */
export class Announcer {
  readonly #tell: (detection: Detection) => void;
  /** On their way to the disk, and not told yet. */
  readonly #untold = new Map<LogEntry, Detection>();
  #isRefused = false;

  constructor(tell: (detection: Detection) => void) {
    this.#tell = tell;
  }

  /** @param isQueued false where the log had no room for it */
  appended(entry: LogEntry, detection: Detection, isQueued: boolean): void {
    if (this.#isRefused || !isQueued) this.#tell(detection);
    else this.#untold.set(entry, detection);
  }

  committed(entries: readonly LogEntry[]): void {
    for (const entry of entries) {
      const detection = this.#untold.get(entry);
      if (detection === undefined) continue;
      this.#untold.delete(entry);
      this.#tell(detection);
    }
  }

  /** The disk refuses what is on its way. */
  refused(): void {
    this.#isRefused = true;
    for (const detection of this.#untold.values()) this.#tell(detection);
    this.#untold.clear();
  }

  /** The disk takes lines again. */
  accepted(): void {
    this.#isRefused = false;
  }
}
