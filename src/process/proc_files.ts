import { utf8 } from "../capture/bytes.js";
import type { Program, Terminal } from "./program.js";

/** /proc/PID/stat, as proc_pid_stat(5) has it. */
export interface Stat {
  readonly comm: string;
  readonly parentPid: number;
  readonly group: number;
  readonly session: number;
  readonly tty: Terminal | undefined;
  readonly isKernelThread: boolean;
  readonly startTicks: number;
}

/** PF_KTHREAD of linux/sched.h */
const KERNEL_THREAD = 0x0020_0000;

/** @param text the file as latin1; undefined: it is not such a file */
export function parseStat(text: string): Stat | undefined {
  // comm may hold anything, parentheses and newlines too, so it ends at the last one.
  const begin = text.indexOf("(");
  const end = text.lastIndexOf(")");
  if (begin < 0 || end < begin) return undefined;
  const fields = text
    .slice(end + 2)
    .trim()
    .split(" ")
    .map(Number);
  const [, parentPid, group, session, tty, , flags] = fields;
  const startTicks = fields[19];
  if (parentPid === undefined || group === undefined || session === undefined || tty === undefined) return undefined;
  if (flags === undefined || startTicks === undefined || Number.isNaN(startTicks)) return undefined;
  return {
    comm: utf8(text.slice(begin + 1, end)),
    parentPid,
    group,
    session,
    tty: tty === 0 ? undefined : decodeTty(tty),
    isKernelThread: (flags & KERNEL_THREAD) !== 0,
    startTicks,
  };
}

/** tty_nr is in the form of new_encode_dev(): minor bits 0 to 7 and 20 to 31, major bits 8 to 19. */
function decodeTty(device: number): Terminal {
  return { major: (device >>> 8) & 0xfff, minor: (device & 0xff) | ((device >>> 12) & 0xfff00) };
}

type Credentials = Partial<
  Pick<Program, "uid" | "euid" | "suid" | "gid" | "egid" | "sgid" | "capEffective" | "capPermitted" | "localPid">
>;

/** What /proc/PID/status tells of ids and capabilities; a line that is missing is left out. */
export function parseStatus(text: string): Credentials {
  const line = (key: string): string[] | undefined => {
    const found = new RegExp(`^${key}:\\s*(.*)$`, "m").exec(text);
    return found?.[1]?.split(/\s+/);
  };
  const [uid, euid, suid] = line("Uid")?.map(Number) ?? [];
  const [gid, egid, sgid] = line("Gid")?.map(Number) ?? [];
  const capEffective = line("CapEff")?.[0];
  const capPermitted = line("CapPrm")?.[0];
  return {
    uid,
    euid,
    suid,
    gid,
    egid,
    sgid,
    capEffective: BigInt(`0x${capEffective ?? "0"}`),
    capPermitted: BigInt(`0x${capPermitted ?? "0"}`),
    localPid: Number(line("NSpid")?.at(-1)) || undefined,
  };
}
