import type { Config } from "../config/schema.js";
import type { NestedDocument } from "../detect/document.js";
import type { LogReader } from "../log/reader.js";
import type { AlertLog } from "../log/writer.js";
import type { ShipEvents, Shipper } from "./shipper.js";

export type { ShipEvents, Shipper, SinkStatus } from "./shipper.js";

/** Gives each sink its reader. They are opened before the first line is appended, so that none is deleted unread. */
export async function openReaders({ sinks }: Config, log: AlertLog): Promise<ReadonlyMap<string, LogReader>> {
  const readers = new Map<string, LogReader>();
  for (const name of Object.keys(sinks)) readers.set(name, await log.openReader(name));
  return readers;
}

/**
 * Starts delivery; undefined where there are no sinks, and then nothing of src/ship is loaded: an agent that only writes its log
 * is to stay small.
 */
export async function startShipping(
  config: Config,
  readers: ReadonlyMap<string, LogReader>,
  events: ShipEvents,
  heartbeat: () => NestedDocument,
): Promise<Shipper | undefined> {
  if (readers.size === 0) return undefined;
  const { Shipper } = await import("./shipper.js");
  const openReader = (name: string): Promise<LogReader> => {
    const reader = readers.get(name);
    return reader === undefined ? Promise.reject(new TypeError(`no reader for ${name}`)) : Promise.resolve(reader);
  };
  return Shipper.open(config, openReader, events, { heartbeat });
}
