import assert from "node:assert/strict";

import { BatchReader } from "../../src/capture/batch.js";
import { WallClock } from "../../src/capture/clock.js";
import { ExecRecord } from "../../src/capture/record.js";
import type { HostContext } from "../../src/host/context.js";
import { LoginSessions } from "../../src/host/logind.js";
import { UserNames } from "../../src/host/users.js";
import type { ExecEvent } from "../../src/process/event.js";
import { Identity } from "../../src/process/identity.js";
import { Lineage } from "../../src/process/lineage.js";
import { ProcFs } from "../../src/process/procfs.js";
import { ProcessTable } from "../../src/process/table.js";
import { encodeExec, type ExecInput } from "./records.js";

/** The wall clock at boot in tests: 2023-11-14T22:13:20Z. */
const BOOTED = 1_700_000_000_000_000_000n;
export const CLOCK = new WallClock({ monotonic: 0n, boottime: 0n, realtime: BOOTED });
export const IDENTITY = new Identity("a".repeat(32), "525ebe68-eb9f-4c88-b43b-cd86a65b376c");

/** A folder that is not there: for what would otherwise be read from this host. */
const NOWHERE = "/nonexistent/wallwatch";

/** A host of which nothing depends on where the test runs. */
export const HOST: HostContext = {
  facts: {
    name: "bastion",
    hostname: "bastion",
    id: "a".repeat(32),
    architecture: "x86_64",
    ip: ["192.0.2.7", "2001:db8::7"],
    mac: ["00-00-5E-00-53-23"],
    os: {
      type: "linux",
      name: "Debian GNU/Linux",
      platform: "debian",
      family: "debian",
      version: "12",
      full: "Debian GNU/Linux 12 (bookworm)",
      kernel: "6.1.0-28-amd64",
    },
  },
  users: new UserNames(NOWHERE),
  sessions: new LoginSessions(NOWHERE),
};

/** A host's processes from nothing on: each exec that is told becomes its event. */
export class Story {
  private readonly lineage = new Lineage(new ProcessTable(), new ProcFs(NOWHERE), IDENTITY);

  exec(input: ExecInput = {}): ExecEvent {
    const record = new BatchReader(encodeExec(input)).next();
    assert(record instanceof ExecRecord);
    return this.lineage.observe(record, CLOCK);
  }
}

/** The event of one exec without a past. */
export function execEvent(input: ExecInput = {}): ExecEvent {
  return new Story().exec(input);
}
