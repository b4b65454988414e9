import { createHash, randomUUID } from "node:crypto";

import type { Config } from "../config/schema.js";
import type { DetectorOptions } from "../detect/detector.js";
import { Exceptions } from "../detect/exceptions.js";
import type { Origin } from "../detect/origin.js";
import { liveFields } from "../ecs/fields.js";
import type { HostContext } from "../host/context.js";
import type { ExecEvent } from "../process/event.js";
import { problemText } from "../rules/problem.js";
import type { RuleSet } from "../rules/ruleset.js";
import { packageVersion } from "../version.js";
import type { AgentEvents } from "./events.js";

/** What an agent is made of; a reload replaces configuration, rules and origin. */
export interface AgentParts {
  readonly config: Config;
  readonly events: AgentEvents;
  readonly host: HostContext;
  readonly rules: RuleSet<ExecEvent>;
  readonly origin: Origin;
}

/** No rule is evaluated: watching would be in vain. */
export class NoRulesError extends Error {
  override readonly name = "NoRulesError";

  constructor({ rules, problems }: RuleSet<ExecEvent>) {
    const what = problems.map((problem) => `\n${problemText(problem)}`).join("");
    super(`There is no rule to watch by: of ${rules.length} rules none is live.${what}`);
  }
}

export function detectorOptions({ config, host, origin }: AgentParts): DetectorOptions<ExecEvent> {
  const { window, alerts: maxAlerts } = config.cap;
  return { origin, window, maxAlerts, exceptions: new Exceptions(config.exceptions, liveFields(host), origin) };
}

export function originOf({ tags, labels }: Config, { facts }: HostContext): Origin {
  // Derived, so that two kinds of agent on one host do not share an id.
  const id = facts.id && createHash("sha256").update(`wallwatch\0${facts.id}`).digest("hex").slice(0, 32);
  return { agent: { version: packageVersion(), id, ephemeralId: randomUUID() }, host: facts, tags, labels };
}
