import { printable } from "../printable.js";
import type { Rule } from "./rule.js";

/** What keeps a rule from being loaded, or from being what its author meant. */
export interface RuleProblem {
  readonly path: string;
  /** From 1; missing where the file as a whole is at fault. */
  readonly line?: number;
  readonly column?: number;
  /** What is wrong and what to do about it, without a full stop. */
  readonly message: string;
  /** The line at fault and a caret below it. */
  readonly excerpt?: string;
  /** What could be read of the rule. */
  readonly rule?: PartOfRule;
}

export type PartOfRule = Partial<Pick<Rule, "id" | "name" | "version">>;

/** `FILE:LINE:COLUMN: what is wrong`, and the excerpt on lines of its own. */
export function problemText({ path, line, column, message, excerpt }: RuleProblem): string {
  const place = line === undefined ? path : `${path}:${line}:${column ?? 1}`;
  return `${printable(place)}: ${printable(message)}${excerpt === undefined ? "" : `\n${excerpt}`}`;
}

/** A file that gives no rule, with everything that is wrong with it. */
export class RuleFileError extends Error {
  override readonly name = "RuleFileError";

  constructor(readonly problems: readonly RuleProblem[]) {
    super(problems.map(problemText).join("\n"));
  }
}
