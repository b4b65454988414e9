import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";

/**
 * Ids that are the same whenever they are computed: after a restart of the agent, in both lanes, and in a replay. They
 * are hashes, so that nobody can read a pid or a boot out of them and nobody will try.
 */
export class Identity {
  /**
   * @param hostId of the machine, as in /etc/machine-id
   * @param bootId of this boot, as in /proc/sys/kernel/random/boot_id
   */
  constructor(
    readonly hostId: string,
    readonly bootId: string,
  ) {}

  /**
   * The id of a process: one and the same through all its execs, another one for the next process of that pid. The start
   * is taken in ticks of 10 ms because /proc knows no better.
   */
  entityId(pid: number, startTicks: number): string {
    return this.hash("process", pid, startTicks);
  }

  /**
   * The id of one exec, which is also the event's.
   * @param timestamp the exec's time, nanoseconds of CLOCK_MONOTONIC; 0 for what a process was found running in /proc
   */
  execId(pid: number, startTicks: number, timestamp: bigint): string {
    return this.hash("exec", pid, startTicks, timestamp);
  }

  private hash(kind: string, ...parts: (number | bigint)[]): string {
    const text = [kind, this.hostId, this.bootId, ...parts].join("\0");
    return createHash("sha256").update(text).digest("hex").slice(0, 32);
  }
}

/**
 * The identity of this host in this boot.
 * @param root of the files, for tests
 * @throws where the boot id cannot be read: there is no /proc
 */
export function readIdentity(root = "/"): Identity {
  const bootId = readFileSync(`${root}/proc/sys/kernel/random/boot_id`, "utf8").trim();
  return new Identity(readMachineId(root) ?? "", bootId);
}

/** The machine id: of systemd, or where that is not installed of D-Bus; undefined where there is neither. */
export function readMachineId(root = "/"): string | undefined {
  for (const path of ["etc/machine-id", "var/lib/dbus/machine-id"]) {
    try {
      const id = readFileSync(`${root}/${path}`, "utf8").trim();
      if (/^[0-9a-f]{32}$/.test(id)) return id;
    } catch (error) {
      if (!(error instanceof Error && "code" in error)) throw error; // not a failed read: the next file may do
    }
  }
  return undefined;
}
