import type { HostContext } from "../host/context.js";
import { liveFields } from "../ecs/fields.js";
import { INFERRED_FIELDS } from "../health/inferred.js";
import { detached } from "../printable.js";
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

/** Arguments that are looked at; of what stands above, its script and what that was asked for. */
const MOST_ARGS = 32;
const MOST_ANCESTOR_ARGS = 8;
/**
 * UTF-16 code units of one argument, path or field. All are anybody's, and a record may have a MiB of them, while this is kept for
 * as long as nobody stops anything.
 */
const LONGEST = 512;
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

function witnessed(event: ExecEvent, name: string, host: HostContext): Witnessed {
  const resolve = liveFields(host);
  const fields: Record<string, string | number> = {};
  for (const field of INFERRED_FIELDS) {
    const value = resolve(field)?.(event);
    if (typeof value === "string") fields[field] = kept(value);
    else if (typeof value === "number") fields[field] = value;
  }
  return {
    time: event.timestamp.date.getTime(),
    name: kept(name),
    args: event.process.args.slice(1, MOST_ARGS).map(kept),
    isByInit: event.parent?.pid === 1,
    ancestors: event.ancestors.map(ancestor),
    fields,
  };
}

function ancestor({ program }: ProcessInfo): WitnessedAncestor {
  const { path, executable, args = [] } = program ?? {};
  return {
    path: path && kept(path),
    executable: executable && kept(executable),
    args: args.slice(0, MOST_ANCESTOR_ARGS).map(kept),
  };
}

function kept(text: string): string {
  return detached(text.slice(0, LONGEST));
}
