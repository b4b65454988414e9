import type { HostProbe, ProbeProblem } from "../../capture/probe.js";
import type { Lane } from "../../config/schema.js";
import { EXIT } from "../exit.js";
import type { HostState } from "../host_state.js";
import { AS_ROOT, startRefusal } from "../refusal.js";
import { kernelNumber } from "./host.js";
import { failed, ok, warning, type CheckResult } from "./result.js";

/** From about this kernel on, its BTF has 64-bit enumerations (BTF_KIND_ENUM64), which libbpf knows since 1.0. */
const ENUM64_KERNEL = 6006;

const INSTALL_LIBBPF =
  "Install the host's libbpf: the package libbpf1 or libbpf0 (Debian, Ubuntu), libbpf (Fedora, RHEL).";

/** What trying showed: which library there is, whether it loads the filter, whether the connector answers. */
export function captureChecks(probe: HostProbe, wanted: Lane, state: HostState): CheckResult[] {
  return [libbpf(probe, state), lane(probe, wanted, state), connector(probe, state)];
}

/** The lane that `run` would use; undefined where it would not run. */
export function laneOf({ filterProblem }: HostProbe, wanted: Lane): "kernel" | "proc" | undefined {
  if (wanted === "proc") return "proc";
  if (filterProblem === undefined) return "kernel";
  return wanted === "auto" ? "proc" : undefined;
}

function libbpf({ libbpf: library, libbpfProblem }: HostProbe, state: HostState): CheckResult {
  if (library === undefined) {
    return warning("libbpf", `${libbpfProblem?.message ?? "not found"}: the kernel lane needs it`, INSTALL_LIBBPF);
  }
  const detail = `${library.version} (${library.file})`;
  return isTooOld(library.version, state)
    ? warning("libbpf", `${detail} cannot read the BTF of kernel ${state.kernel ?? ""}, which has ENUM64`, NEWER_LIBBPF)
    : ok("libbpf", detail);
}

const NEWER_LIBBPF = "Install libbpf 1.0 or later (package libbpf1 of Debian 12, Ubuntu 24.04 and later).";

function isTooOld(version: string, { kernel }: HostState): boolean {
  return version.startsWith("0.") && (kernelNumber(kernel) ?? 0) >= ENUM64_KERNEL;
}

function lane(probe: HostProbe, wanted: Lane, state: HostState): CheckResult {
  const { filterProblem: problem } = probe;
  if (wanted === "proc") {
    return warning(
      "lane",
      "proc, as configured: a process that ends at once may be gone before /proc is read",
      'Set capture.lane to "auto", unless there is a reason.',
    );
  }
  if (problem === undefined) return ok("lane", "kernel: every exec is read from inside the execve");
  const cure = filterCure(problem, probe, state);
  if (wanted === "kernel") {
    const exitCode = problem.code === "EPERM" ? EXIT.privilege : EXIT.unavailable;
    return failed("lane", exitCode, `the kernel lane is configured, and cannot be had: ${reason(problem)}`, cure);
  }
  return warning("lane", `proc, because the filter cannot be loaded: ${reason(problem)}`, cure);
}

/** What the library said last is nearest to the cause. */
function reason({ message, log }: ProbeProblem): string {
  const last = log?.trim().split("\n").at(-1);
  return last === undefined || last === "" ? message : `${message} (${last})`;
}

function filterCure({ code, syscall }: ProbeProblem, { libbpf: library }: HostProbe, state: HostState): string {
  if (library === undefined) return INSTALL_LIBBPF;
  if (isTooOld(library.version, state)) return NEWER_LIBBPF;
  if (state.lockdown === "confidentiality") return "Boot with lockdown=integrity.";
  if (!state.hasBtf) return "Boot a kernel with BTF.";
  if (code === "EPERM") return AS_ROOT;
  if (code === "ENOMEM" && syscall === "setsockopt") return "Raise net.core.optmem_max to 20480 or more (sysctl).";
  return "Until then execs are read from /proc, and those that end at once may be missed.";
}

function connector({ listenProblem }: HostProbe, state: HostState): CheckResult {
  if (listenProblem === undefined) return ok("connector", "the kernel acknowledged that it will tell what is executed");
  const refusal = startRefusal(Object.assign(new Error(listenProblem.message), listenProblem), state);
  return failed(
    "connector",
    refusal?.exitCode === EXIT.privilege ? EXIT.privilege : EXIT.unavailable,
    listenProblem.message,
    refusal?.cure,
  );
}
