import { EXIT } from "../exit.js";
import { CAPABILITY, hasCapability, type HostState } from "../host_state.js";
import { AS_ROOT, ON_THE_HOST, OTHER_KERNEL } from "../refusal.js";
import { failed, ok, warning, type CheckResult } from "./result.js";

/** What the host itself says: nothing is tried. */
export function hostChecks(state: HostState): CheckResult[] {
  return [kernel(state), typeInformation(state), lockdown(state), container(state), privileges(state)];
}

/** The version of a kernel as one number that orders: 6.1 is 6001. */
export function kernelNumber(release: string | undefined): number | undefined {
  const [, major, minor] = /^(\d+)\.(\d+)/.exec(release ?? "") ?? [];
  return major === undefined ? undefined : Number(major) * 1000 + Number(minor);
}

function kernel({ kernel: release, hasProcEvents }: HostState): CheckResult {
  const name = "kernel";
  const version = release ?? "unknown";
  if (hasProcEvents === false) {
    return failed(
      name,
      EXIT.unavailable,
      `${version}, built without CONFIG_PROC_EVENTS: it does not tell what is executed`,
      OTHER_KERNEL,
    );
  }
  const number = kernelNumber(release);
  if (number !== undefined && number < 5008) {
    return warning(
      name,
      `${version}: the kernel lane needs 5.8`,
      "With a newer kernel short processes are seen whole, too.",
    );
  }
  return ok(name, `${version}${hasProcEvents === true ? ", with CONFIG_PROC_EVENTS" : ""}`);
}

function typeInformation({ hasBtf }: HostState): CheckResult {
  if (hasBtf) return ok("BTF", "/sys/kernel/btf/vmlinux");
  return warning(
    "BTF",
    "/sys/kernel/btf/vmlinux is missing: the kernel lane needs it",
    "Boot a kernel built with CONFIG_DEBUG_INFO_BTF, as those of Debian 11, Ubuntu 20.10, RHEL 8.2 and later are.",
  );
}

function lockdown({ lockdown: mode }: HostState): CheckResult {
  if (mode !== "confidentiality") return ok("lockdown", mode ?? "not in this kernel");
  return warning(
    "lockdown",
    "confidentiality: the kernel lane may not read what it needs",
    "lockdown=integrity on the kernel's command line lets it.",
  );
}

function container({ namespaces }: HostState): CheckResult {
  const foreign = Object.entries(namespaces).filter(([, isInitial]) => isInitial === false);
  if (foreign.length === 0) {
    const isKnown = Object.values(namespaces).every((isInitial) => isInitial === true);
    return ok("namespaces", isKnown ? "those of the host" : "those of the host, as far as this process may look");
  }
  const kinds = foreign.map(([kind]) => (kind === "net" ? "network" : kind)).join(" and ");
  return failed(
    "namespaces",
    EXIT.unavailable,
    `this looks like a container: its ${kinds} namespace is not the host's`,
    ON_THE_HOST,
  );
}

function privileges(state: HostState): CheckResult {
  const name = "privileges";
  if (!hasCapability(state, CAPABILITY.netAdmin)) {
    return failed(
      name,
      EXIT.privilege,
      "CAP_NET_ADMIN is missing: the kernel does not let this process watch",
      AS_ROOT,
    );
  }
  const has = (bit: bigint): boolean => hasCapability(state, bit) || hasCapability(state, CAPABILITY.sysAdmin);
  const missing = [
    has(CAPABILITY.bpf) ? [] : ["CAP_BPF (to load the kernel lane's filter)"],
    has(CAPABILITY.perfmon) ? [] : ["CAP_PERFMON (for the filter to read memory)"],
    hasCapability(state, CAPABILITY.sysPtrace) ? [] : ["CAP_SYS_PTRACE (to read /proc of other users' processes)"],
  ].flat();
  if (missing.length === 0) return ok(name, "CAP_NET_ADMIN, CAP_BPF, CAP_PERFMON, CAP_SYS_PTRACE");
  return warning(name, `missing: ${missing.join(", ")}`, AS_ROOT);
}
