/** Exit codes: those of BSD's sysexits.h where it has one that fits. The unit file and the manual name them too. */
export const EXIT = {
  ok: 0,
  /** The command did its work and the answer is no, or part of the work could not be done. */
  failure: 1,
  /** No agent runs here: LSB's code for a status. */
  notRunning: 3,
  usage: 64,
  /** This kernel or this container cannot do it. */
  unavailable: 69,
  /** A fault of wallwatch itself. */
  software: 70,
  /** Alerts could not be put on disk. */
  io: 74,
  /** A privilege is missing. */
  privilege: 77,
  configuration: 78,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/**
 * What ends a command with one sentence for the user instead of a stack trace. `message` says what is wrong, `cure` what
 * to do about it; both are whole sentences.
 */
export class CommandError extends Error {
  override readonly name = "CommandError";

  constructor(
    readonly exitCode: ExitCode,
    message: string,
    readonly cure?: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}
