import { readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";

import { hasCode } from "../errno.js";

/** Names this process so that neither a reused pid nor a reboot makes another one look like it: `PID.START.BOOT`. */
export function ownName(): string {
  return processName(process.pid, statFields(readFileSync("/proc/self/stat", "utf8")));
}

export function pidOf(name: string): number {
  return Number.parseInt(name, 10);
}

/** Whether the process of that name is still there; one that is stopped is. */
export async function isAlive(name: string): Promise<boolean> {
  const pid = pidOf(name);
  if (!(pid > 0)) return false;
  try {
    const fields = statFields(await readFile(`/proc/${pid}/stat`, "utf8"));
    const isZombie = fields[0] === "Z" || fields[0] === "X";
    return !isZombie && processName(pid, fields) === name;
  } catch (error) {
    if (hasCode(error, "ENOENT", "ESRCH")) return false;
    throw error;
  }
}

/** The fields of /proc/PID/stat from the third on (proc(5)): the second, in brackets, may hold spaces and brackets. */
function statFields(stat: string): readonly string[] {
  return stat.slice(stat.lastIndexOf(")") + 2).split(" ");
}

function processName(pid: number, fields: readonly string[]): string {
  const startTime = fields[19] ?? "";
  return `${pid}.${startTime}.${readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim()}`;
}
