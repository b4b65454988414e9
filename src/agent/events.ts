import type { ExceptionConfig } from "../config/exceptions.js";
import type { Detection } from "../detect/detector.js";
import type { LogEvents } from "../log/events.js";
import type { ExecEvent } from "../process/event.js";
import type { ShipEvents } from "../ship/start.js";
import type { Loss } from "../watch.js";

/** What the agent tells while it runs. None of them may throw. */
export interface AgentEvents extends LogEvents, ShipEvents {
  /** An alert that is on disk, or that the disk refuses for now; a match that the cap or an exception held back; a summary of those. */
  detected?(detection: Detection): void;
  lost?(loss: Loss): void;
  /** Messages came to the connector that are not the kernel's. @param sentence how many, in words */
  forged?(sentence: string): void;
  /** Every exec, before it is held against the rules. */
  executed?(event: ExecEvent): void;
  /** Capture has ended, and all that it gave is judged; the log still takes lines. */
  ending?(): Promise<void>;
  /** An exception that applies no longer, from now on. */
  expired?(exception: ExceptionConfig): void;
}
