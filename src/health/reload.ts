import type { NestedDocument } from "../detect/document.js";
import { healthDocument } from "../detect/health.js";
import { present, type Origin } from "../detect/origin.js";
import type { RuleProblem } from "../rules/problem.js";
import { problemText } from "../rules/problem.js";

/** What came of reading the configuration again. */
export interface Reloaded {
  /** Rules that are evaluated now. */
  readonly live: number;
  readonly exceptions: number;
  /** What did not load; a rule file that broke keeps the rule that it had. */
  readonly problems: readonly RuleProblem[];
  /** What an administrator should know: sentences without a full stop. */
  readonly warnings: readonly string[];
  /** Keys whose new values take effect only with a restart. */
  readonly restart: readonly string[];
}

/** `event.action` of what the alert log says of it. Whoever watches the watch sees there that its rules were changed. */
export const RELOADED = "configuration-reloaded";
export const RELOAD_REFUSED = "configuration-refused";

export function reloadedSentence({ live, exceptions }: Reloaded): string {
  const rules = `${live} ${live === 1 ? "rule" : "rules"}`;
  return `the configuration is read again: ${rules}, ${exceptions} ${exceptions === 1 ? "exception" : "exceptions"}`;
}

/** @param from ms since 1970, when reading began */
export function reloadedDocument(reloaded: Reloaded, origin: Origin, from: number, now: number): NestedDocument {
  const { live, exceptions, warnings, restart } = reloaded;
  const problems = reloaded.problems.map(problemText);
  return healthDocument(
    {
      action: RELOADED,
      message: `${capitalized(reloadedSentence(reloaded))}.`,
      from,
      until: now,
      identity: [origin.agent.ephemeralId ?? "", now],
      details: {
        reload: present({ pid: process.pid, rules: live, exceptions, problems, warnings, restart }),
      },
    },
    origin,
  );
}

/** @param from as reloadedDocument */
export function refusedDocument(reason: string, origin: Origin, from: number, now: number): NestedDocument {
  return healthDocument(
    {
      action: RELOAD_REFUSED,
      message: "The configuration is not taken over, and the one before stays in force.",
      from,
      until: now,
      identity: [origin.agent.ephemeralId ?? "", now],
      details: { reload: { pid: process.pid, problems: [reason] } },
    },
    origin,
  );
}

function capitalized(sentence: string): string {
  return sentence.charAt(0).toUpperCase() + sentence.slice(1);
}
