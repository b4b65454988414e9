import type { HostFacts } from "../host/facts.js";
import type { Rule } from "../rules/rule.js";
import type { NestedDocument } from "./document.js";

/** What makes the documents: what every one of them says of the agent, its host and its administrator's words for both. */
export interface Origin {
  readonly agent: AgentFacts;
  /** undefined where recorded events are judged: each of those names its own host. */
  readonly host: HostFacts | undefined;
  /** From the configuration. */
  readonly tags: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
}

export interface AgentFacts {
  readonly version: string;
  /** The same through restarts; undefined where the host has no machine id. */
  readonly id: string | undefined;
  /** Another one with each start. */
  readonly ephemeralId: string | undefined;
}

/** ECS' agent.* */
export function agentFields({ agent, host }: Origin): NestedDocument {
  return present({
    type: "wallwatch",
    version: agent.version,
    id: agent.id,
    ephemeral_id: agent.ephemeralId,
    name: host?.name,
  });
}

/** ECS' host.*, as much as a document needs that is not about an exec. */
export function hostFields({ host }: Origin): NestedDocument | undefined {
  if (host === undefined) return undefined;
  const { name, hostname, id, architecture, os } = host;
  return present({
    name,
    hostname,
    id,
    architecture,
    os: present({ type: os.type, name: os.name, version: os.version }),
  });
}

/** ECS' rule.* */
export function ruleFields(rule: Rule): NestedDocument {
  return present({
    id: rule.id,
    name: rule.name,
    version: rule.version === 0 ? undefined : String(rule.version),
    description: rule.description,
    author: rule.author,
    license: rule.license,
    reference: rule.references,
    ruleset: "wallwatch",
  });
}

/** The object without what is undefined or empty. */
export function present(fields: NestedDocument): NestedDocument {
  const isThere = ([, value]: [string, unknown]): boolean =>
    value !== undefined && !(Array.isArray(value) && value.length === 0);
  return Object.fromEntries(Object.entries(fields).filter(isThere));
}
