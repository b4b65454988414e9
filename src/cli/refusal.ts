import { ConfigError } from "../config/error.js";
import { loadConfig, type LoadedConfig } from "../config/load.js";
import { hasCode } from "../errno.js";
import { LogInUseError } from "../log/lock.js";
import { CommandError, EXIT } from "./exit.js";
import { CAPABILITY, hasCapability, type HostState } from "./host_state.js";

export const AS_ROOT =
  "Run it as root (sudo), or as a service with CAP_NET_ADMIN, CAP_BPF, CAP_PERFMON and CAP_SYS_PTRACE.";
export const ON_THE_HOST = "Run it on the host itself: from there it also sees what containers execute.";
export const OTHER_KERNEL = "Boot a kernel that has it; those of Debian, Ubuntu, Fedora and Red Hat do.";
/** What to do where the native addon cannot be loaded. */
export const BUILD_ADDON =
  'Build it: "npm rebuild wallwatch" where npm has installed it, "npm ci" in a clone. It takes a C++ compiler, make and python3.';
const SEE_CHECK = '"wallwatch check" says what this host gives.';

/** Why this host cannot be watched by this process, as far as that is plain before it is tried. */
export function refusalOf(state: HostState): CommandError | undefined {
  const { namespaces, uid } = state;
  // The connector answers only in the initial pid and user namespaces, and its socket only in the initial network one.
  for (const [name, isInitial] of Object.entries(namespaces)) {
    if (isInitial === false) return inContainer(`its ${name === "net" ? "network" : name} namespace is not the host's`);
  }
  if (!hasCapability(state, CAPABILITY.netAdmin)) {
    return new CommandError(
      EXIT.privilege,
      `Watching this host takes the capability CAP_NET_ADMIN, which this process does not have${uid === undefined ? "" : ` (uid ${uid})`}.`,
      AS_ROOT,
    );
  }
  if (state.hasProcEvents === false) return withoutProcEvents();
  return undefined;
}

function inContainer(why: string): CommandError {
  return new CommandError(
    EXIT.unavailable,
    `The kernel tells what is executed to the host only, and this looks like a container: ${why}.`,
    ON_THE_HOST,
  );
}

function withoutProcEvents(): CommandError {
  return new CommandError(
    EXIT.unavailable,
    "This kernel is built without CONFIG_PROC_EVENTS, so it does not tell what is executed.",
    OTHER_KERNEL,
  );
}

/** What ended the start of capture, as one sentence and an exit code. */
export function startRefusal(error: unknown, state: HostState): CommandError | undefined {
  if (!(error instanceof Error) || !("code" in error)) return undefined;
  const { code, message } = error;
  const syscall = "syscall" in error ? error.syscall : undefined;
  const options = { cause: error };
  if (code === "ERR_WALLWATCH_ADDON")
    return new CommandError(EXIT.unavailable, endSentence(message), BUILD_ADDON, options);
  if (code === "ECONNREFUSED") return inContainer("its network namespace is not the host's");
  if (code === "EPROTONOSUPPORT") return withoutProcEvents();
  if (code === "ENOACK") {
    return state.hasProcEvents === undefined
      ? new CommandError(
          EXIT.unavailable,
          "The kernel's process connector does not answer: it is built without CONFIG_PROC_EVENTS, or this is a container.",
          ON_THE_HOST,
          options,
        )
      : new CommandError(EXIT.unavailable, "The kernel's process connector does not answer.", SEE_CHECK, options);
  }
  if (code === "EPERM" && (syscall === "bind" || syscall === "listen" || syscall === "send")) {
    return new CommandError(
      EXIT.privilege,
      `The kernel does not let this process watch: ${endSentence(message)}`,
      AS_ROOT,
      options,
    );
  }
  if (typeof syscall === "string" && /^(bpf|dlopen|dlsym|setsockopt|ring)/.test(syscall)) {
    return new CommandError(
      code === "EPERM" ? EXIT.privilege : EXIT.unavailable,
      `The kernel lane was asked for, and this host does not give it: ${endSentence(message)}`,
      `Set capture.lane to "auto", or mend it: ${SEE_CHECK}`,
      options,
    );
  }
  return undefined;
}

/** The configuration, or what is wrong with it as a CommandError. @param path as loadConfig */
export async function loadConfigOrRefuse(path: string | undefined): Promise<LoadedConfig> {
  try {
    return await loadConfig(path);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const count = error.problems.length;
    const heading = count === 1 ? "There is a mistake" : `There are ${count} mistakes`;
    throw new CommandError(EXIT.configuration, `${heading} in the configuration:\n${error.message}`);
  }
}

/** Why the alert log cannot be opened. */
export function logRefusal(error: unknown, path: string): CommandError | undefined {
  const options = { cause: error };
  if (error instanceof LogInUseError) {
    return new CommandError(
      EXIT.io,
      `Another wallwatch (process ${error.pid}) writes ${path}.`,
      "Stop that one, or give this one a log of its own with --log FILE.",
      options,
    );
  }
  if (!(error instanceof Error)) return undefined;
  const isPermission = hasCode(error, "EACCES", "EPERM");
  return new CommandError(
    isPermission ? EXIT.privilege : EXIT.configuration,
    `The alert log ${path} cannot be written: ${endSentence(error.message)}`,
    "Set log.path in the configuration, or --log FILE, to a file in a folder that this process may write.",
    options,
  );
}

function endSentence(text: string): string {
  return /[.!?]$/.test(text) ? text : `${text}.`;
}
