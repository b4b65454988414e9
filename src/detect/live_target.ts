import { EXEC_FIELDS, liveFields } from "../ecs/fields.js";
import type { HostContext } from "../host/context.js";
import type { ExecEvent } from "../process/event.js";
import { tableFields } from "../rules/kql/fields.js";
import type { RuleTarget } from "../rules/target.js";

/** Fields of which every exec of a live host has the same value: a rule that requires another one waits in vain. */
const ONLY_VALUES: ReadonlyMap<string, readonly string[]> = new Map([
  ["event.kind", ["event"]],
  ["event.category", ["process"]],
  ["event.type", ["start"]],
  ["event.action", ["exec"]],
  ["host.os.type", ["linux"]],
]);

/** What rules can ask of this host's execs. */
export function liveTarget(host: HostContext): RuleTarget<ExecEvent> {
  const resolve = liveFields(host);
  return { resolve, kqlFields: tableFields(EXEC_FIELDS.keys(), resolve), onlyValues: ONLY_VALUES };
}

/** What rules can ask of any host's execs, to say what becomes of them: the fields are known and never have a value. */
export const ANY_HOST: RuleTarget<unknown> = {
  resolve: missingField,
  kqlFields: tableFields(EXEC_FIELDS.keys(), missingField),
  onlyValues: ONLY_VALUES,
};

function missingField(field: string): (() => undefined) | undefined {
  return EXEC_FIELDS.has(field) ? () => undefined : undefined;
}
