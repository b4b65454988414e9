import {
  COMM_SIZE,
  EXEC,
  FLAG,
  HEADER,
  LANE_KERNEL,
  LANE_PROC,
  LOSS,
  NO_ID,
  PART,
  RECORD_EXEC,
  RECORD_LOSS,
  REF,
} from "../../src/capture/layout.js";
import type { LossReason } from "../../src/capture/loss.js";
import type { Lane } from "../../src/capture/record.js";

/** struct process_ref; what is not given is 0, unknown. */
export interface RefInput {
  pid?: number;
  /** ns CLOCK_BOOTTIME */
  start?: bigint;
  execKey?: bigint;
}

/** An exec as a test tells of it. Paths are written as paths, and encoded as the kernel's walk leaves them. */
export interface ExecInput {
  lane?: Lane;
  pid?: number;
  start?: bigint;
  execKey?: bigint;
  /** ns CLOCK_MONOTONIC; also the boottime unless that is given */
  timestamp?: bigint;
  boottime?: bigint;
  /** Given with `forkTime`, its fork was seen. */
  creator?: RefInput;
  forkTime?: bigint;
  /** The creator, unless given. */
  parent?: RefInput;
  session?: RefInput;
  group?: RefInput;
  /** A string's arguments are its UTF-8; bytes are taken as they are, terminators included. */
  args?: readonly string[] | Uint8Array;
  argc?: number;
  argsSize?: number;
  path?: string;
  executable?: string;
  directory?: string;
  cgroup?: string;
  env?: readonly string[];
  uid?: number;
  euid?: number;
  suid?: number;
  gid?: number;
  egid?: number;
  sgid?: number;
  loginUid?: number;
  auditSession?: number;
  tty?: { major: number; minor: number };
  capEffective?: bigint;
  capPermitted?: bigint;
  localPid?: number;
  namespaces?: { pid?: number; net?: number; mnt?: number; user?: number };
  comm?: string;
  creatorComm?: string;
  flags?: readonly (keyof typeof FLAG)[];
}

/** One record of kind RECORD_EXEC. Without input: pid 1000 runs "/usr/bin/true". */
export function encodeExec(input: ExecInput = {}): Buffer {
  const { args = [input.path ?? "/usr/bin/true"], executable = input.path ?? "/usr/bin/true" } = input;
  const argv = args instanceof Uint8Array ? Buffer.from(args) : nulTerminated(args);
  const parts: Buffer[] = [];
  parts[PART.path] = Buffer.from(input.path ?? "/usr/bin/true");
  parts[PART.executable] = reversed(executable);
  parts[PART.directory] = reversed(input.directory ?? "/");
  parts[PART.cgroup] = reversed(input.cgroup ?? "/");
  parts[PART.env] = nulTerminated(input.env ?? []);
  parts[PART.args] = argv;
  const body = Buffer.concat(parts);
  const record = Buffer.alloc(Math.ceil((EXEC.sizeof + body.length) / 8) * 8);
  body.copy(record, EXEC.sizeof);
  parts.forEach((part, i) => record.writeUInt32LE(part.length, EXEC.partSize + 4 * i));

  record.writeUInt32LE(record.length, HEADER.size);
  record.writeUInt8(RECORD_EXEC, HEADER.kind);
  record.writeUInt8(input.lane === "proc" ? LANE_PROC : LANE_KERNEL, HEADER.lane);
  const { pid = 1000, start = 5_000_000_000n, execKey = 0n, timestamp = 10_000_000_000n, creator = {} } = input;
  record.writeBigUInt64LE(timestamp, EXEC.timestamp);
  record.writeBigUInt64LE(input.boottime ?? timestamp, EXEC.boottime);
  record.writeBigUInt64LE(input.forkTime ?? 0n, EXEC.forkTime);
  writeRef(record, EXEC.self, { pid, start, execKey });
  writeRef(record, EXEC.creator, creator);
  writeRef(record, EXEC.parent, input.parent ?? creator);
  writeRef(record, EXEC.sessionLeader, input.session ?? {});
  writeRef(record, EXEC.groupLeader, input.group ?? {});
  const argc = args instanceof Uint8Array ? argv.filter((byte) => byte === 0).length : args.length;
  record.writeBigUInt64LE(BigInt(input.argc ?? argc), EXEC.argc);
  record.writeBigUInt64LE(BigInt(input.argsSize ?? argv.length), EXEC.argsSize);
  record.writeBigUInt64LE(input.capEffective ?? 0n, EXEC.capEffective);
  record.writeBigUInt64LE(input.capPermitted ?? input.capEffective ?? 0n, EXEC.capPermitted);

  const { uid = 0, gid = 0 } = input;
  record.writeUInt32LE(uid, EXEC.uid);
  record.writeUInt32LE(input.euid ?? uid, EXEC.euid);
  record.writeUInt32LE(input.suid ?? uid, EXEC.suid);
  record.writeUInt32LE(gid, EXEC.gid);
  record.writeUInt32LE(input.egid ?? gid, EXEC.egid);
  record.writeUInt32LE(input.sgid ?? gid, EXEC.sgid);
  record.writeUInt32LE(input.loginUid ?? NO_ID, EXEC.loginUid);
  record.writeUInt32LE(input.auditSession ?? NO_ID, EXEC.auditSession);
  if (input.tty) record.writeUInt32LE(((input.tty.major << 20) | input.tty.minor) >>> 0, EXEC.tty);
  record.writeUInt32LE(input.localPid ?? pid, EXEC.localPid);
  const { namespaces = {} } = input;
  record.writeUInt32LE(namespaces.pid ?? 0, EXEC.nsPid);
  record.writeUInt32LE(namespaces.net ?? 0, EXEC.nsNet);
  record.writeUInt32LE(namespaces.mnt ?? 0, EXEC.nsMnt);
  record.writeUInt32LE(namespaces.user ?? 0, EXEC.nsUser);
  record.write((input.comm ?? "true").slice(0, COMM_SIZE - 1), EXEC.comm);
  record.write((input.creatorComm ?? "").slice(0, COMM_SIZE - 1), EXEC.creatorComm);

  let flags = 0;
  for (const flag of input.flags ?? []) flags |= FLAG[flag];
  if (input.forkTime !== undefined) flags |= FLAG.creatorKnown;
  if (input.tty) flags |= FLAG.tty;
  record.writeUInt32LE(flags, EXEC.flags);
  return record;
}

const REASON_CODES: Readonly<Record<LossReason, number>> = {
  sequence_gap: 1,
  ring_full: 2,
  socket_overrun: 3,
  unresolved: 4,
  canary_missed: 5,
};

/** One record of kind RECORD_LOSS; times in ns CLOCK_BOOTTIME. */
export function encodeLoss(reason: LossReason, count: number, from: bigint, until: bigint): Buffer {
  const record = Buffer.alloc(LOSS.sizeof);
  record.writeUInt32LE(record.length, HEADER.size);
  record.writeUInt8(RECORD_LOSS, HEADER.kind);
  record.writeUInt8(LANE_KERNEL, HEADER.lane);
  record.writeBigUInt64LE(from, LOSS.from);
  record.writeBigUInt64LE(until, LOSS.until);
  record.writeBigUInt64LE(BigInt(count), LOSS.count);
  record.writeUInt32LE(REASON_CODES[reason], LOSS.reason);
  return record;
}

function writeRef(record: Buffer, at: number, { pid = 0, start = 0n, execKey = 0n }: RefInput): void {
  record.writeBigUInt64LE(execKey, at + REF.execKey);
  record.writeBigUInt64LE(start, at + REF.start);
  record.writeUInt32LE(pid, at + REF.pid);
}

function nulTerminated(items: readonly string[]): Buffer {
  return Buffer.from(items.map((item) => `${item}\0`).join(""));
}

/** "/usr/bin/ls" -> "ls/bin/usr/"; what is not absolute is taken as it is, for memfds and cut paths. */
function reversed(path: string): Buffer {
  if (!path.startsWith("/")) return Buffer.from(path);
  const names = path.split("/").filter((name) => name !== "");
  return Buffer.from(
    names
      .reverse()
      .map((name) => `${name}/`)
      .join(""),
  );
}
