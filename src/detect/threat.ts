import type { Threat, ThreatReference } from "../rules/rule.js";
import type { NestedDocument } from "./document.js";
import { present } from "./origin.js";

/** ECS' threat.*: arrays side by side, the n-th id, name and reference of one kind belonging together. */
export function threatFields(threats: readonly Threat[]): NestedDocument | undefined {
  if (threats.length === 0) return undefined;
  const techniques = threats.flatMap(({ technique }) => technique);
  const frameworks = [...new Set(threats.map(({ framework }) => framework))];
  return present({
    framework: frameworks.length === 1 ? frameworks[0] : frameworks,
    tactic: columns(threats.map(({ tactic }) => tactic)),
    technique: present({
      ...columns(techniques),
      subtechnique: columns(techniques.flatMap(({ subtechnique }) => subtechnique)),
    }),
  });
}

function columns(references: readonly ThreatReference[]): NestedDocument | undefined {
  const distinct = [...new Map(references.map((reference) => [reference.id, reference])).values()];
  if (distinct.length === 0) return undefined;
  return {
    id: distinct.map(({ id }) => id),
    name: distinct.map(({ name }) => name),
    reference: distinct.map(({ reference }) => reference ?? ""),
  };
}
