import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { nulTerminated, isValidUtf8, utf8 } from "../capture/bytes.js";
import { NO_ID } from "../capture/layout.js";
import { nameByComm } from "../capture/paths.js";
import { parseStat, parseStatus, type Stat } from "./proc_files.js";
import { kernelThread, procProgram, type ProcProgram } from "./proc_program.js";
import type { ProcessKey } from "./program.js";

const TICK = 10_000_000n;
const DELETED = " (deleted)";

/** Codes of what a read says of a process that is gone, that we may not look into, or that keeps its readers waiting. */
const EXPECTED = new Set(["ENOENT", "ESRCH", "EACCES", "EPERM", "ENOTDIR", "EINVAL", "EIO", "ETIMEDOUT"]);

/** Reads processes from /proc. */
export class ProcFs {
  /**
   * @param root where proc is mounted; a folder of files in tests
   * @param readFile gives a file's bytes as latin1
   * @param readMemoryFile the same for a file that shows a process' memory. Whoever reads one waits until nobody else changes
   * that process' mappings, and it can see to it that this is never: so it must be read by somebody who gives up
   */
  constructor(
    private readonly root = "/proc",
    private readonly readFile = (path: string): string => readFileSync(path, "latin1"),
    private readonly readMemoryFile = readFile,
  ) {}

  /**
   * What a process runs at this moment. Its start is read before and after, so that what is told is all of one process,
   * whatever becomes of the pid meanwhile. undefined where the process is gone.
   */
  read(pid: number): ProcProgram | undefined {
    const before = this.stat(pid);
    if (before === undefined) return undefined;
    const program = before.isKernelThread ? kernelThread(keyOf(pid, before), before.comm) : this.program(pid, before);
    const after = this.stat(pid);
    return after?.startTicks === before.startTicks ? program : undefined;
  }

  /** Pids of all processes, in no order. */
  pids(): number[] {
    const names = ifThere(() => readdirSync(this.root)) ?? [];
    return names.filter((name) => /^\d+$/.test(name)).map(Number);
  }

  /** A process that is there; its start is unknown where it is not. */
  private identify(pid: number): ProcessKey {
    const stat = pid === 0 ? undefined : this.stat(pid);
    return stat === undefined ? { pid, start: 0n, startTicks: 0 } : keyOf(pid, stat);
  }

  private stat(pid: number): Stat | undefined {
    const text = this.file(pid, "stat");
    return text === undefined ? undefined : parseStat(text);
  }

  private program(pid: number, stat: Stat): ProcProgram {
    const status = parseStatus(this.file(pid, "status") ?? "");
    const argv = this.file(pid, "cmdline", this.readMemoryFile);
    const args = argv === undefined ? undefined : nulTerminated(argv);
    const link = this.link(pid, "exe");
    const self = keyOf(pid, stat);
    const identify = (other: number): ProcessKey => (other === pid ? self : this.identify(other));
    const deleted = link?.endsWith(DELETED) ?? false;
    const executable = deleted ? link?.slice(0, -DELETED.length) : link;
    return procProgram({
      source: "proc",
      self,
      creator: identify(stat.parentPid),
      sessionLeader: identify(stat.session),
      groupLeader: identify(stat.group),
      comm: stat.comm,
      name: nameByComm(stat.comm, executable, () => args ?? []) ?? stat.comm,
      executable,
      executableDeleted: deleted,
      workingDirectory: this.link(pid, "cwd"),
      args: args ?? [],
      argsCount: args?.length,
      argsInvalidUtf8: argv !== undefined && !isValidUtf8(argv),
      ...status,
      loginUid: this.id(pid, "loginuid"),
      auditSession: this.id(pid, "sessionid"),
      tty: stat.tty,
      cgroup: cgroupOf(this.file(pid, "cgroup") ?? ""),
    });
  }

  private id(pid: number, name: string): number | undefined {
    const text = this.file(pid, name);
    const id = text === undefined ? NO_ID : Number(text);
    return id === NO_ID ? undefined : id;
  }

  /** A file's bytes as latin1. */
  private file(pid: number, name: string, read = this.readFile): string | undefined {
    return ifThere(() => read(`${this.root}/${pid}/${name}`));
  }

  private link(pid: number, name: string): string | undefined {
    return ifThere(() => readlinkSync(`${this.root}/${pid}/${name}`));
  }
}

function ifThere<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof Error && "code" in error && EXPECTED.has(String(error.code))) return undefined;
    throw error;
  }
}

function keyOf(pid: number, { startTicks }: Stat): ProcessKey {
  return { pid, startTicks, start: BigInt(startTicks) * TICK };
}

/** Path in the cgroup v2 hierarchy, or else in systemd's own. */
function cgroupOf(text: string): string | undefined {
  const lines = utf8(text).split("\n");
  const unified = lines.find((line) => line.startsWith("0::"))?.slice(3);
  if (unified !== undefined && unified !== "/") return unified;
  const systemd = lines.find((line) => /^\d+:name=systemd:/.test(line));
  return systemd?.slice(systemd.indexOf(":", systemd.indexOf(":") + 1) + 1) ?? unified;
}
