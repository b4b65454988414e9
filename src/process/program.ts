/** A process, named by what the kernel tells apart: pid and start. */
export interface ProcessKey {
  /** In the initial pid namespace; 0 where unknown. */
  readonly pid: number;
  /** Nanoseconds of CLOCK_BOOTTIME, where only /proc told rounded down to its ticks of 10 ms; 0 where unknown. */
  readonly start: bigint;
  /** The same in ticks. */
  readonly startTicks: number;
}

/** Where what is known of a program comes from: its exec event, /proc at some later time, or a kernel thread's mere name. */
export type ProgramSource = "exec" | "proc" | "kernel";

/**
 * What a process runs: set by its last exec, and shared by all that it forks until they exec. ExecRecord is one (seen as
 * it happened), ProcProgram another (read from /proc). What is not known is undefined, never guessed.
 */
export interface Program {
  readonly source: ProgramSource;
  /** The process whose exec it was. */
  readonly self: ProcessKey;
  /** Who forked that process; of a program found in /proc, its parent then. */
  readonly creator: ProcessKey;
  /** When it was executed, nanoseconds of CLOCK_MONOTONIC; 0 where unknown. */
  readonly timestamp: bigint;
  /** Bytes of memory that it holds, roughly. */
  readonly size: number;
  /** The basename of the path that was invoked; see ExecRecord.name. */
  readonly name: string | undefined;
  /** The path that execve was given. */
  readonly path: string | undefined;
  readonly executable: string | undefined;
  readonly executableDeleted: boolean;
  readonly workingDirectory: string | undefined;
  /** argv; empty where none is known, or there is none. */
  readonly args: readonly string[];
  readonly argsWhole: boolean;
  readonly argsInvalidUtf8: boolean;
  /** undefined where argv is not known. */
  readonly argsCount: number | undefined;
  /** The variables that were asked for, "NAME=value". */
  readonly environment: readonly string[];
  /** The kernel's name of the process, at most 15 bytes. */
  readonly comm: string | undefined;
  readonly uid: number | undefined;
  readonly euid: number | undefined;
  readonly suid: number | undefined;
  readonly gid: number | undefined;
  readonly egid: number | undefined;
  readonly sgid: number | undefined;
  readonly loginUid: number | undefined;
  readonly auditSession: number | undefined;
  /** Bits as in linux/capability.h. */
  readonly capEffective: bigint;
  readonly capPermitted: bigint;
  readonly tty: Terminal | undefined;
  readonly cgroup: string | undefined;
  readonly localPid: number | undefined;
}

/** A controlling terminal, by its device numbers. */
export interface Terminal {
  readonly major: number;
  readonly minor: number;
}
