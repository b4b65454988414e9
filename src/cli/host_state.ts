import { readFileSync, readlinkSync, statSync } from "node:fs";
import { gunzipSync } from "node:zlib";

/** Whether a namespace of this process is the host's own, the initial one; undefined where that cannot be told. */
export type IsInitial = boolean | undefined;

/** What of this host decides whether and how it can be watched; undefined where it cannot be told. */
export interface HostState {
  readonly uid: number | undefined;
  /** Bits as in linux/capability.h. */
  readonly capabilities: bigint;
  readonly namespaces: { readonly pid: IsInitial; readonly user: IsInitial; readonly net: IsInitial };
  /** "6.1.0-18-amd64" */
  readonly kernel: string | undefined;
  readonly hasProcEvents: boolean | undefined;
  readonly hasBtf: boolean;
  /** "none", "integrity" or "confidentiality"; undefined where the kernel has no lockdown. */
  readonly lockdown: string | undefined;
}

/** By bit: what each lane needs, and what for. */
export const CAPABILITY = { netAdmin: 12n, sysPtrace: 19n, sysAdmin: 21n, perfmon: 38n, bpf: 39n } as const;

/** Inode numbers of the initial namespaces: enum in include/linux/proc_ns.h. That of the network has none before 6.18. */
const INITIAL_PID = 0xeffffffc;
const INITIAL_USER = 0xeffffffd;

/** @param root where /proc, /sys and /boot are found, for tests */
export function readHostState(root = ""): HostState {
  const status = read(`${root}/proc/self/status`) ?? "";
  const kernel = read(`${root}/proc/sys/kernel/osrelease`)?.trim();
  return {
    uid: numberIn(status, /^Uid:\s+\d+\s+(\d+)/m),
    capabilities: BigInt(`0x${/^CapEff:\s+([0-9a-f]+)/m.exec(status)?.[1] ?? "0"}`),
    namespaces: {
      pid: isInode(namespaceOf(root, "self", "pid"), INITIAL_PID),
      user: isInode(namespaceOf(root, "self", "user"), INITIAL_USER),
      net: isInode(namespaceOf(root, "self", "net"), namespaceOf(root, "1", "net")),
    },
    kernel,
    hasProcEvents: optionOf(root, kernel, "CONFIG_PROC_EVENTS"),
    hasBtf: statSync(`${root}/sys/kernel/btf/vmlinux`, { throwIfNoEntry: false }) !== undefined,
    lockdown: /\[(\w+)\]/.exec(read(`${root}/sys/kernel/security/lockdown`) ?? "")?.[1],
  };
}

export function hasCapability({ capabilities }: HostState, bit: bigint): boolean {
  return ((capabilities >> bit) & 1n) === 1n;
}

function namespaceOf(root: string, pid: string, kind: string): number | undefined {
  try {
    return numberIn(readlinkSync(`${root}/proc/${pid}/ns/${kind}`), /\[(\d+)\]/);
  } catch (error) {
    if (isSystemError(error)) return undefined; // of another process it takes CAP_SYS_PTRACE
    throw error;
  }
}

function isInode(inode: number | undefined, initial: number | undefined): IsInitial {
  return inode === undefined || initial === undefined ? undefined : inode === initial;
}

/** Whether the running kernel was built with an option; undefined where its configuration is not there to be read. */
function optionOf(root: string, kernel: string | undefined, option: string): boolean | undefined {
  const packed = readBytes(`${root}/proc/config.gz`);
  const config =
    packed === undefined ? read(`${root}/boot/config-${kernel ?? ""}`) : gunzipSync(packed).toString("latin1");
  return config === undefined ? undefined : new RegExp(`^${option}=[ym]$`, "m").test(config);
}

function numberIn(text: string, expression: RegExp): number | undefined {
  const found = expression.exec(text)?.[1];
  return found === undefined ? undefined : Number(found);
}

function read(path: string): string | undefined {
  return readBytes(path)?.toString("utf8");
}

function readBytes(path: string): Buffer | undefined {
  try {
    return readFileSync(path);
  } catch (error) {
    if (isSystemError(error)) return undefined;
    throw error;
  }
}

function isSystemError(error: unknown): boolean {
  return error instanceof Error && "syscall" in error;
}
