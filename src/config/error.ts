import type { Position } from "../toml/positions.js";

/** One thing that is wrong in a configuration file. */
export interface ConfigProblem {
  readonly file: string;
  /** Missing where the file as a whole is at fault. */
  readonly position: Position | undefined;
  /** A sentence without a full stop. */
  readonly message: string;
  /** The line at fault and a caret below it. */
  readonly excerpt?: string;
}

/** The configuration cannot be used. `message` has a line for each problem, `FILE:LINE:COLUMN: what is wrong`, and its excerpt. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";

  constructor(readonly problems: readonly ConfigProblem[]) {
    super(problems.map(problemLine).join("\n"));
  }
}

function problemLine({ file, position, message, excerpt }: ConfigProblem): string {
  const place = position === undefined ? file : `${file}:${position.line}:${position.column}`;
  return `${place}: ${message}${excerpt === undefined ? "" : `\n${excerpt}`}`;
}
