import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { MARKER } from "./storm.js";
import { NUMBER, type Watcher } from "./watchers.js";

const EXECVE_RULE = ["always,exit", "-F", "arch=b64", "-S", "execve"];

/** Linux's audit daemon, with the configuration and buffers of Debian's package but a log of its own that never rotates. */
const auditd: Watcher = {
  name: "auditd",
  prepare(folder) {
    const output = join(folder, "audit.log");
    const plugins = join(folder, "plugins.d");
    const settings: Readonly<Record<string, string>> = {
      log_file: output,
      log_group: "root",
      max_log_file_action: "IGNORE",
      plugin_dir: plugins,
    };
    const text = readFileSync("/etc/audit/auditd.conf", "utf8").replace(/^(\w+) *=.*$/gm, (line, key: string) =>
      key in settings ? `${key} = ${settings[key] ?? ""}` : line,
    );
    mkdirSync(plugins);
    writeFileSync(join(folder, "auditd.conf"), text, { mode: 0o640 });
    chmodSync(folder, 0o700);
    const before = auditStatus();
    return {
      command: ["auditd", "-n", "-c", folder],
      output,
      begin: [
        ["auditctl", "-b", "8192", "--backlog_wait_time", "60000"],
        ["auditctl", "-a", ...EXECVE_RULE],
      ],
      end: [
        ["auditctl", "-d", ...EXECVE_RULE],
        ["auditctl", "-b", before("backlog_limit"), "--backlog_wait_time", before("backlog_wait_time")],
        ["auditctl", "-e", before("enabled")],
      ],
    };
  },
  ready: "type=DAEMON_START",
  number: new RegExp(`^type=EXECVE .* a1="${MARKER}(\\d+)"`),
};

/** The one-liner that bpftrace's own manual gives for this. tracefs is mounted for it alone where nobody has. */
const bpftrace: Watcher = {
  name: "bpftrace",
  prepare(folder) {
    const script = 'BEGIN { printf("watching\\n") } tracepoint:syscalls:sys_enter_execve { join(args->argv) }';
    const mount = "mountpoint -q /sys/kernel/tracing || mount -t tracefs tracefs /sys/kernel/tracing";
    return {
      command: ["unshare", "--mount", "sh", "-c", `${mount}; exec bpftrace -B line -e '${script}'`],
      output: join(folder, "output"),
    };
  },
  ready: "watching",
  number: NUMBER,
};

/** The classic among the users of the process connector. */
const forkstat: Watcher = {
  name: "forkstat",
  prepare: (folder) => ({ command: ["forkstat", "-l", "-e", "exec"], output: join(folder, "output") }),
  ready: "Process",
  number: NUMBER,
};

/** What the kernel's audit system says of itself, by name. */
function auditStatus(): (name: string) => string {
  const status = execFileSync("auditctl", ["-s"], { encoding: "utf8" });
  return (name) => {
    const found = new RegExp(`^${name} (\\d+)$`, "m").exec(status);
    if (found?.[1] === undefined) throw new Error(`auditctl -s does not say ${name}`);
    return found[1];
  };
}

export interface Peers {
  readonly present: readonly Watcher[];
  /** One sentence for each that cannot stand beside us here. */
  readonly absent: readonly string[];
}

/** Which of the peers this host has. */
export function findPeers(): Peers {
  const present: Watcher[] = [];
  const absent: string[] = [];
  for (const peer of [auditd, bpftrace, forkstat]) {
    const reason = whyAbsent(peer.name);
    if (reason === undefined) present.push(peer);
    else absent.push(`${peer.name}: ${reason}`);
  }
  return { present, absent };
}

function whyAbsent(name: string): string | undefined {
  if (!succeeds("which", name)) return "not installed (Debian's package has this name)";
  if (name !== "auditd") return undefined;
  try {
    const pid = auditStatus()("pid");
    return pid === "0" ? undefined : `one is running already (pid ${pid}), and a kernel has only one`;
  } catch (error) {
    return `auditctl -s fails: ${String(error)}`;
  }
}

function succeeds(program: string, ...args: string[]): boolean {
  try {
    execFileSync(program, args, { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}
