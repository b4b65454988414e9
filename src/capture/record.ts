import { isValidUtf8, low53, nulTerminated, u32, u64, u64Number, untilNul, utf8 } from "./bytes.js";
import { COMM_SIZE, EXEC, FLAG, HEADER, LANE_KERNEL, NO_ID, PART, REF } from "./layout.js";
import { nameByComm, nameOfCutPath, nameOfExecutable, nameOfInvoked, pathOfComponents } from "./paths.js";

/** How an event was captured: in the kernel, inside the execve; or from /proc, shortly after it. */
export type Lane = "kernel" | "proc";

/** Nanoseconds in a tick of USER_HZ, the resolution of start times in /proc/PID/stat. */
const TICK = 10_000_000;

/** One process at one moment, as a record refers to it. */
export class ProcessRef {
  constructor(
    private readonly bytes: string,
    private readonly at: number,
  ) {}

  /** In the initial pid namespace; 0 where unknown. */
  get pid(): number {
    return u32(this.bytes, this.at + REF.pid);
  }

  /**
   * Names one exec of one program; forks share it. 0 where unknown. In the kernel lane it is a kernel address (its low
   * 53 bits, which tell any two apart) and must not leave the process.
   */
  get execKey(): number {
    return low53(this.bytes, this.at + REF.execKey);
  }

  /** Start of the process, nanoseconds of CLOCK_BOOTTIME; 0 where unknown. */
  get start(): bigint {
    return u64(this.bytes, this.at + REF.start);
  }

  /** The same in ticks of 10 ms, as /proc tells it; 0 where unknown. */
  get startTicks(): number {
    const at = this.at + REF.start;
    // Exact in doubles below 2^53 ns, that is the first 104 days of uptime.
    return u32(this.bytes, at + 4) < 0x20_0000
      ? Math.floor(u64Number(this.bytes, at) / TICK)
      : Number(u64(this.bytes, at) / BigInt(TICK));
  }
}

/**
 * One exec, as a lazy view of its record (struct exec_record of native/exec_record.h). It holds a copy of the record's
 * bytes, and decodes a field when it is asked for: most execs are asked for nothing but their name.
 *
 * Nothing that is decoded is kept here, so that a record in the process table costs its bytes and no more.
 */
export class ExecRecord {
  /** As a Program: its exec was seen as it happened. */
  readonly source = "exec";

  /** @param bytes the whole record as latin1, checked by BatchReader */
  constructor(private readonly bytes: string) {}

  /** Bytes of the record. */
  get size(): number {
    return this.bytes.length;
  }

  get lane(): Lane {
    return this.bytes.charCodeAt(HEADER.lane) === LANE_KERNEL ? "kernel" : "proc";
  }

  /** The connector's time stamp of the exec, nanoseconds of CLOCK_MONOTONIC. */
  get timestamp(): bigint {
    return u64(this.bytes, EXEC.timestamp);
  }

  /** The same as a number, which orders events (to 2 ns after 104 days of uptime). */
  get order(): number {
    return u64Number(this.bytes, EXEC.timestamp);
  }

  /** The moment of the exec, nanoseconds of CLOCK_BOOTTIME. */
  get boottime(): bigint {
    return u64(this.bytes, EXEC.boottime);
  }

  get pid(): number {
    return u32(this.bytes, EXEC.self + REF.pid);
  }

  get self(): ProcessRef {
    return new ProcessRef(this.bytes, EXEC.self);
  }

  /** Who forked this process, as it was then; without creatorKnown its real parent at the exec. */
  get creator(): ProcessRef {
    return new ProcessRef(this.bytes, EXEC.creator);
  }

  /** The real parent at the exec: another one than the creator where that had exited. */
  get parent(): ProcessRef {
    return new ProcessRef(this.bytes, EXEC.parent);
  }

  /** Its pid is known even where the leader itself is gone. */
  get sessionLeader(): ProcessRef {
    return new ProcessRef(this.bytes, EXEC.sessionLeader);
  }

  get groupLeader(): ProcessRef {
    return new ProcessRef(this.bytes, EXEC.groupLeader);
  }

  /** When the creator forked this process, comparable with `order`; 0 where unknown. */
  get forkOrder(): number {
    return u64Number(this.bytes, EXEC.forkTime);
  }

  private has(flag: number): boolean {
    return (u32(this.bytes, EXEC.flags) & flag) !== 0;
  }

  /** A tracer was attached: it could have changed argv before and after it was read. */
  get traced(): boolean {
    return this.has(FLAG.traced);
  }

  /** The fork was seen, so the creator is the process that really forked this one. */
  get creatorKnown(): boolean {
    return this.has(FLAG.creatorKnown);
  }

  /** The creator is a kernel thread: it has a comm and no argv. */
  get creatorIsKernel(): boolean {
    return this.has(FLAG.creatorKernel);
  }

  /** A process of 32 bits on a kernel of 64. */
  get is32Bit(): boolean {
    return this.has(FLAG.bits32);
  }

  /** A record of the proc lane, which lacks what /proc does not give. */
  get fieldsMissing(): boolean {
    return this.has(FLAG.fieldsMissing);
  }

  private part(index: number): string {
    let at: number = EXEC.sizeof;
    for (let i = 0; i < index; i++) at += u32(this.bytes, EXEC.partSize + 4 * i);
    return this.bytes.slice(at, at + u32(this.bytes, EXEC.partSize + 4 * index));
  }

  /** The path that execve was given; for a script it is the script's. undefined where it could not be read. */
  get path(): string | undefined {
    return utf8(this.part(PART.path)) || undefined;
  }

  get pathCut(): boolean {
    return this.has(FLAG.pathCut);
  }

  /** The file that the kernel mapped; for a script that of the interpreter. */
  get executable(): string | undefined {
    const bytes = this.part(PART.executable);
    return bytes === "" ? undefined : pathOfComponents(bytes, this.executableCut, this.executableDeleted);
  }

  /** The leading directories of `executable` are missing: it is a relative path then. */
  get executableCut(): boolean {
    return this.has(FLAG.executableCut);
  }

  /** The executable had no name any more when it was run: unlinked, or a memfd. */
  get executableDeleted(): boolean {
    return this.has(FLAG.executableDeleted);
  }

  /**
   * What the program is called: the basename of the invoked path; of the executable where that path is only a handle
   * (/dev/fd/N). Where it is too long to be known whole it is comm, which the kernel took from it; where it is not known at
   * all, comm decides between executable and arguments: /proc tells it only to those whom the file modes let, and a
   * capability is not enough. undefined where nothing tells.
   */
  get name(): string | undefined {
    const { path, executable } = this;
    if (path !== undefined && !this.pathCut) {
      const invoked = nameOfInvoked(path, () => this.workingDirectory);
      return invoked ?? (executable === undefined ? undefined : nameOfExecutable(executable));
    }
    const cut = path === undefined ? undefined : nameOfCutPath(path, this.comm);
    return cut ?? nameByComm(this.comm, executable, () => this.args) ?? nameOfCutPath("", this.comm);
  }

  /** The kernel's name of the process, at most 15 bytes. */
  get comm(): string | undefined {
    return this.commAt(EXEC.comm);
  }

  /** The comm of the thread that forked this process. */
  get creatorComm(): string | undefined {
    return this.commAt(EXEC.creatorComm);
  }

  get parentComm(): string | undefined {
    return this.commAt(EXEC.parentComm);
  }

  private commAt(at: number): string | undefined {
    return untilNul(this.bytes.slice(at, at + COMM_SIZE)) || undefined;
  }

  get workingDirectory(): string | undefined {
    return pathOfComponents(this.part(PART.directory), this.workingDirectoryCut);
  }

  get workingDirectoryCut(): boolean {
    return this.has(FLAG.directoryCut);
  }

  get workingDirectoryDeleted(): boolean {
    return this.has(FLAG.directoryDeleted);
  }

  /** Path in the cgroup v2 hierarchy; "/" on hosts that do not use it. undefined where it could not be read. */
  get cgroup(): string | undefined {
    const bytes = this.part(PART.cgroup);
    return bytes === "" && this.fieldsMissing ? undefined : pathOfComponents(bytes, false);
  }

  /** The environment variables that were asked for, "NAME=value". */
  get environment(): string[] {
    return nulTerminated(this.part(PART.env));
  }

  get environmentCut(): boolean {
    return this.has(FLAG.envCut);
  }

  /** argv. Empty arguments count, also the last one; invalid UTF-8 is U+FFFD. */
  get args(): string[] {
    return nulTerminated(this.part(PART.args));
  }

  get argsInvalidUtf8(): boolean {
    return !isValidUtf8(this.part(PART.args));
  }

  /** `args` is all of argv; otherwise its last one may be cut, and more are missing behind it. */
  get argsWhole(): boolean {
    return !this.has(FLAG.argsCut);
  }

  /** Number of arguments, exact even where argv is cut. */
  get argsCount(): number {
    return u64Number(this.bytes, EXEC.argc);
  }

  /** True length of argv in bytes, terminators included. */
  get argsSize(): number {
    return u64Number(this.bytes, EXEC.argsSize);
  }

  private idAt(at: number): number | undefined {
    const id = u32(this.bytes, at);
    return id === NO_ID ? undefined : id;
  }

  /** The ids of user and group are those of the initial user namespace; undefined where unknown. */
  get uid(): number | undefined {
    return this.idAt(EXEC.uid);
  }

  get euid(): number | undefined {
    return this.idAt(EXEC.euid);
  }

  get suid(): number | undefined {
    return this.idAt(EXEC.suid);
  }

  get gid(): number | undefined {
    return this.idAt(EXEC.gid);
  }

  get egid(): number | undefined {
    return this.idAt(EXEC.egid);
  }

  get sgid(): number | undefined {
    return this.idAt(EXEC.sgid);
  }

  /** Who logged in, as the audit system has it; undefined where nobody did. */
  get loginUid(): number | undefined {
    return this.idAt(EXEC.loginUid);
  }

  /** The audit session, whose number is also that of logind's session; undefined where nobody logged in. */
  get auditSession(): number | undefined {
    return this.idAt(EXEC.auditSession);
  }

  /** Bits as in linux/capability.h. */
  get capEffective(): bigint {
    return u64(this.bytes, EXEC.capEffective);
  }

  get capPermitted(): bigint {
    return u64(this.bytes, EXEC.capPermitted);
  }

  /** The controlling terminal. */
  get tty(): { major: number; minor: number } | undefined {
    if (!this.has(FLAG.tty)) return undefined;
    const tty = u32(this.bytes, EXEC.tty);
    return { major: tty >>> 20, minor: tty & 0xf_ffff };
  }

  /** Inode numbers of the namespaces, as in /proc/PID/ns; undefined where unknown. */
  get namespaces(): Record<"pid" | "net" | "mnt" | "user", number | undefined> {
    const at = (offset: number): number | undefined => u32(this.bytes, offset) || undefined;
    return { pid: at(EXEC.nsPid), net: at(EXEC.nsNet), mnt: at(EXEC.nsMnt), user: at(EXEC.nsUser) };
  }

  /** The pid that the process has in its own pid namespace; undefined where unknown. */
  get localPid(): number | undefined {
    return u32(this.bytes, EXEC.localPid) || undefined;
  }
}
