import type { HostContext } from "../host/context.js";
import { liveFields } from "../ecs/fields.js";
import type { ExecEvent, ProcessInfo } from "../process/event.js";

/** Programs that stop a service, a process or the host. A shell's own `kill` executes nothing, and so is not seen. */
const STOPPERS: ReadonlySet<string> = new Set([
  "systemctl",
  "service",
  "invoke-rc.d",
  "deb-systemd-invoke",
  "wallwatch", // /etc/init.d/wallwatch
  "kill",
  "pkill",
  "killall",
  "killall5",
  "busctl",
  "dbus-send",
  "gdbus",
  "shutdown",
  "poweroff",
  "reboot",
  "halt",
  "init",
  "telinit",
  "systemd-user-sessions",
  "systemd-update-utmp",
]);

/** Arguments that are looked at. */
const MOST_ARGS = 32;
/** Execs that are remembered. */
const MOST = 64;

/** An exec that may explain a stop. */
export interface Witnessed {
  /** ms since 1970. */
  readonly time: number;
  readonly name: string;
  /** Without argv[0]. */
  readonly args: readonly string[];
  readonly isByInit: boolean;
  /** The programs above it, nearest first. */
  readonly ancestors: readonly WitnessedAncestor[];
  /** The exec as ECS has it. */
  readonly fields: Readonly<Record<string, string | number>>;
}

export interface WitnessedAncestor {
  /** That was invoked: of a script the script's. */
  readonly path: string | undefined;
  readonly executable: string | undefined;
  readonly args: readonly string[];
}

/** Remembers the latest execs that may explain why this process is told to end. */
export class StopWitness {
  #seen: Witnessed[] = [];

  /** To be called for every exec: most cost a look into a set. */
  executed(event: ExecEvent, host: HostContext): void {
    const { name } = event.process;
    if (name === undefined || !STOPPERS.has(name)) return;
    this.#seen.push(witnessed(event, name, host));
    if (this.#seen.length > MOST) this.#seen.shift();
  }

  /** Latest first. */
  get seen(): readonly Witnessed[] {
    return this.#seen.toReversed();
  }
}

/** What a document says of the exec. */
const TOLD = [
  "event.id",
  "process.pid",
  "process.entity_id",
  "process.name",
  "process.executable",
  "process.command_line",
  "process.parent.name",
  "process.parent.command_line",
  "user.id",
  "user.name",
  "wallwatch.login.user.id",
  "wallwatch.login.user.name",
  "wallwatch.login.session",
  "source.ip",
];

function witnessed(event: ExecEvent, name: string, host: HostContext): Witnessed {
  const resolve = liveFields(host);
  const fields: Record<string, string | number> = {};
  for (const field of TOLD) {
    const value = resolve(field)?.(event);
    if (typeof value === "string" || typeof value === "number") fields[field] = value;
  }
  return {
    time: event.timestamp.date.getTime(),
    name,
    args: event.process.args.slice(1, MOST_ARGS),
    isByInit: event.parent?.pid === 1,
    ancestors: event.ancestors.map(ancestor),
    fields,
  };
}

function ancestor({ program }: ProcessInfo): WitnessedAncestor {
  return { path: program?.path, executable: program?.executable, args: program?.args.slice(0, MOST_ARGS) ?? [] };
}
