import * as v from "valibot";

import type { Snapshot } from "./snapshot.js";

const since = v.object({ count: v.number(), last: v.number() });

/** What is read of a snapshot; there is more in it. */
const snapshot = v.object({
  version: v.string(),
  host: v.string(),
  pid: v.number(),
  time: v.number(),
  started: v.number(),
  healthy: v.boolean(),
  degraded: v.array(v.string()),
  lane: v.string(),
  libbpf: v.nullable(v.object({ version: v.string() })),
  realtimePriority: v.boolean(),
  execs: v.number(),
  execsPerSecond: v.number(),
  rules: v.object({ live: v.number(), loaded: v.number(), broken: v.number() }),
  matches: v.number(),
  alerts: v.number(),
  undecided: v.number(),
  incidents: v.number(),
  cap: v.object({ alerts: v.nullable(v.number()), window: v.number(), held: v.number() }),
  exceptions: v.object({ configured: v.number(), matches: v.number() }),
  losses: v.record(v.string(), since),
  log: v.object({ path: v.string(), size: v.number(), disk: v.number(), waiting: v.object({ lines: v.number() }) }),
  sinks: v.array(
    v.object({
      name: v.string(),
      type: v.string(),
      sent: v.number(),
      deadLetters: v.number(),
      deadLettersLeft: v.number(),
      waiting: v.object({ lines: v.number(), oldest: v.optional(v.number()) }),
      holding: v.optional(v.object({ since: v.number(), reason: v.string() })),
      lastSent: v.optional(v.number()),
    }),
  ),
  memory: v.object({ rss: v.number(), heap: v.number(), table: v.number() }),
  canary: v.nullable(v.object({ lastSeen: v.nullable(v.number()), seen: v.number(), missed: v.number() })),
});

/** An answer of the status socket as a snapshot; undefined where it is none, as of an agent of another version. */
export function parseSnapshot(answer: object): Snapshot | undefined {
  return v.is(snapshot, answer) ? (answer as unknown as Snapshot) : undefined;
}
