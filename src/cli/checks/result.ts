import type { ExitCode } from "../exit.js";

/** One line of `wallwatch check`. */
export interface CheckResult {
  /** What was looked at, in a word or two. */
  readonly name: string;
  /** "warning": `run` works, less well than it could. "failed": it does not work, or not with all that was asked for. */
  readonly status: "ok" | "warning" | "failed";
  /** What was found, without a full stop. */
  readonly detail: string;
  /** What to do about it: whole sentences. */
  readonly cure?: string | undefined;
  /** Of what failed: how `run` would end, or EXIT.failure where it would do its work, but not all of it. */
  readonly exitCode?: ExitCode | undefined;
}

export function ok(name: string, detail: string): CheckResult {
  return { name, status: "ok", detail };
}

export function warning(name: string, detail: string, cure: string): CheckResult {
  return { name, status: "warning", detail, cure };
}

export function failed(name: string, exitCode: ExitCode, detail: string, cure?: string): CheckResult {
  return { name, status: "failed", detail, cure, exitCode };
}
