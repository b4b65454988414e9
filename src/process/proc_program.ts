import type { ProcessKey, Program } from "./program.js";

/** A program that was found running in /proc, and not seen to start. */
export interface ProcProgram extends Program {
  readonly source: "proc" | "kernel";
  /** Their pid is 0 where they are not in this pid namespace. */
  readonly sessionLeader: ProcessKey;
  readonly groupLeader: ProcessKey;
}

type Required = "source" | "self" | "comm";

/** Object, numbers and links, as V8 lays them out. */
const FIXED_SIZE = 600;

const UNKNOWN_PROCESS: ProcessKey = { pid: 0, start: 0n, startTicks: 0 };

const UNKNOWN: Omit<ProcProgram, Required> = {
  creator: UNKNOWN_PROCESS,
  sessionLeader: UNKNOWN_PROCESS,
  groupLeader: UNKNOWN_PROCESS,
  timestamp: 0n,
  size: FIXED_SIZE,
  name: undefined,
  path: undefined,
  executable: undefined,
  executableDeleted: false,
  workingDirectory: undefined,
  args: [],
  argsWhole: true,
  argsInvalidUtf8: false,
  argsCount: undefined,
  environment: [],
  uid: undefined,
  euid: undefined,
  suid: undefined,
  gid: undefined,
  egid: undefined,
  sgid: undefined,
  loginUid: undefined,
  auditSession: undefined,
  capEffective: 0n,
  capPermitted: 0n,
  tty: undefined,
  cgroup: undefined,
  localPid: undefined,
};

/** A program of which some facts are known; the rest is unknown. */
export function procProgram(facts: Pick<ProcProgram, Required> & Partial<ProcProgram>): ProcProgram {
  const { executable = "", workingDirectory = "", cgroup = "", args = [] } = facts;
  let size = FIXED_SIZE + executable.length + workingDirectory.length + cgroup.length;
  for (const arg of args) size += 32 + arg.length;
  return { ...UNKNOWN, ...facts, size };
}

/** A kernel thread: it has a name and nothing else that programs have. */
export function kernelThread(self: ProcessKey, comm: string | undefined): ProcProgram {
  return procProgram({ source: "kernel", self, comm, name: comm });
}
