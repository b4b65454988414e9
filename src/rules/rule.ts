import type { JsonDocument } from "./document.js";

export type Severity = "low" | "medium" | "high" | "critical";

/** A tactic, technique or sub-technique: its id (`T1562`), name and page. */
export interface ThreatReference {
  readonly id: string;
  readonly name: string;
  readonly reference?: string | undefined;
}

export interface Technique extends ThreatReference {
  readonly subtechnique: readonly ThreatReference[];
}

/** What a rule detects, in the words of a framework such as MITRE ATT&CK. */
export interface Threat {
  readonly framework: string;
  readonly tactic: ThreatReference;
  readonly technique: readonly Technique[];
}

/** What a rule promises of one event, to be tried with `wallwatch test`. */
export interface Example {
  readonly name: string;
  readonly event: JsonDocument;
  /** Whether the rule matches the event. */
  readonly match: boolean;
}

/** What a rule file says. */
export interface Rule {
  readonly id: string;
  readonly name: string;
  /** 0 where the file does not say: Elastic's repository keeps versions apart from the rules. */
  readonly version: number;
  readonly description: string;
  readonly author: readonly string[];
  readonly license: string | undefined;
  readonly references: readonly string[];
  readonly falsePositives: readonly string[];
  readonly severity: Severity;
  /** 0 to 100. */
  readonly riskScore: number;
  readonly tags: readonly string[];
  readonly threat: readonly Threat[];
  /** "eql", "query", "new_terms", … */
  readonly type: string;
  /** "eql", "kuery", "esql", "lucene"; undefined for types that have none, such as machine learning. */
  readonly language: string | undefined;
  readonly query: string;
  /** The field that holds the category of `process where …`, where it is not `event.category`. */
  readonly eventCategoryField: string | undefined;
  /** Parts of the rule beyond its query that decide what it matches, by the key that holds them (`filters`). */
  readonly conditionsElsewhere: readonly string[];
  readonly enabled: boolean;
  /** Why the rule is not enabled. */
  readonly disabledReason: string | undefined;
  /** Alerts per execution of the rule, at most. */
  readonly maxSignals: number;
  /** Its alerts are material for other rules rather than for people. */
  readonly buildingBlock: boolean;
  /** The investigation guide, in Markdown. */
  readonly note: string | undefined;
  readonly path: string;
  readonly examples: readonly Example[];
}
