/** What the module of a command exports as `command`. It is loaded only when the command is asked for. */
export interface Command {
  /** What `wallwatch NAME --help` prints: usage, options with their defaults, exit codes. */
  readonly help: string;
  /**
   * @param args what stands after the command's name
   * @returns the exit code
   * @throws {CommandError} for whatever ends the command with a sentence for the user
   */
  run(args: readonly string[]): Promise<number>;
}
