import { BatchReader } from "../../src/capture/batch.js";
import { WallClock } from "../../src/capture/clock.js";
import { ExecRecord } from "../../src/capture/record.js";
import type { EventView } from "../../src/detect/candidate.js";
import { Detector, type Detection, type DetectorOptions } from "../../src/detect/detector.js";
import type { Origin } from "../../src/detect/origin.js";
import type { HostContext } from "../../src/host/context.js";
import { LoginSessions } from "../../src/host/logind.js";
import { UserNames } from "../../src/host/users.js";
import type { ExecEvent } from "../../src/process/event.js";
import { Identity } from "../../src/process/identity.js";
import { Lineage } from "../../src/process/lineage.js";
import { ProcFs } from "../../src/process/procfs.js";
import { ProcessTable } from "../../src/process/table.js";
import { compileEql } from "../../src/rules/eql/compile.js";
import type { FieldResolver } from "../../src/rules/field.js";
import type { Rule } from "../../src/rules/rule.js";
import { RuleSet, type LoadedRule } from "../../src/rules/ruleset.js";
import { encodeExec, type ExecInput } from "../support/records.js";

/** A rule whose query stands in `query`. */
export function rule(input: Partial<Rule> & Pick<Rule, "query">): Rule {
  return {
    id: "rule-1",
    name: "A rule",
    version: 3,
    description: "What it is about.",
    author: ["Somebody"],
    license: "Apache-2.0",
    references: ["https://example.org/rule"],
    falsePositives: [],
    severity: "low",
    riskScore: 21,
    tags: ["OS: Linux"],
    threat: [],
    type: "eql",
    language: "eql",
    eventCategoryField: undefined,
    conditionsElsewhere: [],
    enabled: true,
    disabledReason: undefined,
    maxSignals: 100,
    buildingBlock: false,
    note: undefined,
    path: "rule.toml",
    examples: [],
    ...input,
  };
}

export function ruleSet<E>(resolve: FieldResolver<E>, ...rules: Rule[]): RuleSet<E> {
  const loaded = rules.map((each): LoadedRule<E> => {
    const query = compileEql(each.query, resolve);
    return { rule: each, verdict: { status: "live", query }, overriddenBy: undefined };
  });
  return new RuleSet(loaded, []);
}

export const ORIGIN: Origin = {
  agent: { version: "1.2.3", id: "agent-1", ephemeralId: "start-1" },
  host: undefined,
  tags: [],
  labels: {},
};

export function detector<E>(
  rules: RuleSet<E>,
  view: EventView<E>,
  options: Partial<DetectorOptions<E>> = {},
): Detector<E> {
  return new Detector(rules, view, { origin: ORIGIN, ...options });
}

/** A field of a nested document; undefined where it is missing. */
export function at(document: unknown, field: string): unknown {
  return field
    .split(".")
    .reduce<unknown>((value, key) => (value as Record<string, unknown> | undefined)?.[key], document);
}

export function alerts(detections: readonly Detection[]): (Detection & { kind: "alert" })[] {
  return detections.filter((detection) => detection.kind === "alert");
}

/** A host on which execs happen as a test says. */
export class FakeHost {
  readonly context: HostContext = {
    facts: {
      name: "web-1",
      hostname: "web-1",
      id: "f".repeat(32),
      architecture: "x86_64",
      ip: ["192.0.2.10"],
      mac: [],
      os: {
        type: "linux",
        name: "Debian GNU/Linux",
        platform: "debian",
        family: "debian",
        version: "12",
        full: undefined,
        kernel: "6.1.0",
      },
    },
    users: new UserNames(),
    sessions: new LoginSessions("/nonexistent"),
  };
  readonly #clock = new WallClock({ monotonic: 0n, boottime: 0n, realtime: 1_700_000_000_000_000_000n });
  readonly #lineage = new Lineage(new ProcessTable(), new ProcFs("/nonexistent"), new Identity("f".repeat(32), "boot"));

  exec(input: ExecInput): ExecEvent {
    const record = new BatchReader(encodeExec(input)).next();
    if (!(record instanceof ExecRecord)) throw new TypeError("not an exec");
    return this.#lineage.observe(record, this.#clock);
  }
}
