import type { Witnessed } from "./stop_witness.js";

/**
 * Why the agent was told to end:
 * - shutdown: the host goes down
 * - upgrade, removal: the package's own scripts did it
 * - stop, restart: somebody's command did it
 * - terminal: Ctrl-C, or the terminal is gone
 * - signal: no exec that was seen explains it
 * - fault: nobody did; it ended by a fault of its own
 */
export type StopReason = "shutdown" | "upgrade" | "removal" | "stop" | "restart" | "terminal" | "signal" | "fault";

export interface StopCause {
  readonly reason: StopReason;
  /** No alarm: a shutdown, an upgrade, Ctrl-C. */
  readonly isExpected: boolean;
  /** The exec that explains it best. It is inferred: the signal itself does not tell who sent it. */
  readonly by: Witnessed | undefined;
}

/** What is known when the agent is told to end. */
export interface StopEvidence {
  /** undefined where it ends without one. */
  readonly signal: NodeJS.Signals | undefined;
  /** ms since 1970. */
  readonly at: number;
  /** Latest first. */
  readonly seen: readonly Witnessed[];
  /** The service manager says that the host goes down; undefined where it cannot be asked. */
  readonly isHostStopping: boolean | undefined;
  /** Whether this process was started by a service manager. */
  readonly isService: boolean;
  readonly pid: number;
  /** The unit's name without ".service". */
  readonly unit: string;
}

/** ms before the signal in which the exec that led to it is looked for. */
const STOP_WINDOW = 60_000;
/** ms; services are stopped one after the other. */
const SHUTDOWN_WINDOW = 300_000;

export function stopCause(evidence: StopEvidence): StopCause {
  const { signal, at, seen, isHostStopping, isService } = evidence;
  if (signal === undefined) return { reason: "fault", isExpected: false, by: undefined };
  const within = (window: number): readonly Witnessed[] => seen.filter(({ time }) => time > at - window);
  const stop = within(STOP_WINDOW).find((exec) => isStop(exec, evidence));
  const shutdown = within(SHUTDOWN_WINDOW).find(isShutdown);
  // Without systemd's word a command that stops this very service tells more: root can have systemd execute anything.
  const goesDown = isHostStopping ?? (stop === undefined && within(SHUTDOWN_WINDOW).some(isPartOfShutdown));
  if (goesDown) return { reason: "shutdown", isExpected: true, by: shutdown };
  if (stop !== undefined) {
    const script = packageScript(stop);
    if (script !== undefined) return { reason: script, isExpected: script === "upgrade", by: stop };
    return { reason: stop.args.some((arg) => /restart/.test(arg)) ? "restart" : "stop", isExpected: false, by: stop };
  }
  if (!isService && (signal === "SIGINT" || signal === "SIGHUP")) {
    return { reason: "terminal", isExpected: true, by: undefined };
  }
  return { reason: "signal", isExpected: false, by: undefined };
}

/** systemctl's verbs, and what they do to a service that they name. */
const UNIT_VERBS =
  /^(stop|restart|try-restart|reload-or-restart|try-reload-or-restart|condrestart|force-reload|kill|disable|mask|isolate)$/;
const HOST_VERBS = /^(poweroff|reboot|halt|kexec|soft-reboot|rescue|emergency|isolate|exit|default)$/;

function isStop(exec: Witnessed, { pid, unit }: StopEvidence): boolean {
  const { name, args } = exec;
  const names = args.some((arg) => namesUnit(arg, unit));
  switch (name) {
    case "kill":
      return args.includes(String(pid));
    case "pkill":
    case "killall":
      return args.some((arg) => arg.length > 2 && (arg.includes("wallwatch") || arg === "node"));
    case "killall5":
      return true;
    case "busctl":
    case "dbus-send":
    case "gdbus":
      return args.some((arg) => /(Stop|Restart|Kill)Unit/.test(arg)) && names;
    case "wallwatch":
      return args.includes("stop") || args.includes("restart");
    default:
      return names && args.some((arg) => UNIT_VERBS.test(arg));
  }
}

/** Units may be given with their suffix, or as a pattern. */
function namesUnit(arg: string, unit: string): boolean {
  const text = arg.replace(/^string:/, "").replace(/\.service$/, "");
  if (text === unit) return true;
  const [stem = "", ...rest] = text.split("*");
  return rest.length > 0 && unit.startsWith(stem);
}

/** A command that takes the host down. */
function isShutdown({ name, args }: Witnessed): boolean {
  if (name === "shutdown") return !args.includes("-c") && !args.includes("--show");
  if (name === "init" || name === "telinit") return args.some((arg) => /^[016]$/.test(arg));
  if (name === "systemctl") return args.some((arg) => HOST_VERBS.test(arg));
  return name === "poweroff" || name === "reboot" || name === "halt";
}

/** What systemd itself executes on the way down. */
function isPartOfShutdown({ name, args, isByInit }: Witnessed): boolean {
  if (!isByInit) return false;
  return (
    (name === "systemd-user-sessions" && args[0] === "stop") ||
    (name === "systemd-update-utmp" && args[0] === "shutdown")
  );
}

/** dpkg(1) executes a package's scripts from its own folder, with what it is about as their first argument. */
function packageScript({ ancestors }: Witnessed): "upgrade" | "removal" | undefined {
  if (!ancestors.some(({ executable }) => executable !== undefined && /^(\/usr)?\/bin\/dpkg$/.test(executable)))
    return undefined;
  for (const { path, args } of ancestors) {
    if (path === undefined || !SCRIPT.test(path)) continue;
    const action = args[args.indexOf(path) + 1];
    return action === "remove" || action === "purge" || action === "deconfigure" ? "removal" : "upgrade";
  }
  return undefined;
}

const SCRIPT = /^\/var\/lib\/dpkg\/(info\/wallwatch\.|tmp\.ci\/)(pre|post)(inst|rm)$/;
