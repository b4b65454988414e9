import type { ProcessKey, Terminal } from "./program.js";

/**
 * How a session came onto the host, as ECS has it for process.entry_leader.entry_meta.type (and the Linux event model,
 * ECS RFC 0030, explains it): a service of init, a login by sshd, by AWS' ssm or by teleport, a command that kubelet runs,
 * a serial terminal, the console, a container's own first process.
 */
export type EntryType =
  "init" | "sshd" | "ssm" | "kubelet" | "teleport" | "terminal" | "console" | "container" | "unknown";

/** The entry leader of a process and of all its descendants that do not get one of their own. */
export interface EntryLeader {
  readonly key: ProcessKey;
  readonly type: EntryType;
}

/** What decides whether a process is an entry leader. */
export interface EntryCandidate {
  readonly key: ProcessKey;
  /** Pid of the session's leader. */
  readonly session: number;
  readonly name: string | undefined;
  readonly tty: Terminal | undefined;
  readonly parentPid: number;
  readonly parentName: string | undefined;
}

/** sshd-session is what runs a login since OpenSSH 9.8. */
const LOGIN_SERVERS: Readonly<Record<string, EntryType>> = {
  sshd: "sshd",
  "sshd-session": "sshd",
  "ssm-session-worker": "ssm",
  kubelet: "kubelet",
  teleport: "teleport",
};

/** Programs that start a container's first process; a runc that protects itself runs as a memfd. */
const CONTAINER_RUNTIME = /^(containerd-shim.*|runc|crun|youki|conmon|systemd-nspawn|lxc-start|memfd:(runc|crun)_.*)$/;

/**
 * The type of entry that a process is the leader of, if it is one. Only the leader of a session can be: the first one that
 * a login server, a container runtime, a terminal or init started. A session that somebody opens later, within what they
 * already have (su, tmux, setsid), belongs to the entry they came by.
 */
export function entryTypeOf(process: EntryCandidate): EntryType | undefined {
  const { key, name, tty, parentPid, parentName } = process;
  if (key.pid === 1 || key.pid !== process.session) return undefined;
  const terminal = tty && terminalKind(tty);
  if (terminal === "serial") return "terminal";
  if (terminal === "console" && name === "login") return "console";
  if (parentPid === 1) return "init";
  if (name === undefined || parentName === undefined || isContainerRuntime(name)) return undefined;
  const server = LOGIN_SERVERS[parentName];
  // A login server's own processes lead sessions too, before one of them becomes the user's shell.
  if (server !== undefined) return LOGIN_SERVERS[name] === server ? undefined : server;
  return isContainerRuntime(parentName) ? "container" : undefined;
}

function isContainerRuntime(name: string): boolean {
  return CONTAINER_RUNTIME.test(name);
}

/** Device numbers: Documentation/admin-guide/devices.txt of the kernel. */
function terminalKind({ major, minor }: Terminal): "pseudo" | "console" | "serial" {
  if (major >= 136 && major <= 143) return "pseudo";
  return major === 4 && minor < 64 ? "console" : "serial";
}
