import { loadAddon } from "../capture/binding.js";
import type { Config } from "../config/schema.js";
import { AlertLog, type LogEvents } from "../log/writer.js";

/** The alert log cannot be opened; the cause says why. */
export class LogOpenError extends Error {
  override readonly name = "LogOpenError";
}

/** @throws {LogOpenError} */
export async function openLog({ log, state }: Config, events: LogEvents): Promise<AlertLog> {
  const { path, memory, segment_size: segmentSize, segment_age: segmentAge, disk } = log;
  const { appendToLog } = loadAddon();
  try {
    return await AlertLog.open({
      appendToLog,
      path,
      memory,
      segments: { segmentSize, segmentAge, disk },
      state: state.path,
      events,
    });
  } catch (cause) {
    throw new LogOpenError(`cannot open ${path}`, { cause });
  }
}
