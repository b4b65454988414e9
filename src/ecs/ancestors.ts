import type { ExecEvent, ProcessInfo } from "../process/event.js";
import type { Scalar, Values } from "./process_fields.js";

/** Where an event's document keeps its ancestors: an array of objects, nearest first, the parent included. */
export const ANCESTORS = "wallwatch.ancestors";

/** What is told of each. exec_id is `event.id` of the exec that made it what it is. */
const ANCESTOR_FIELDS: Readonly<Record<string, (process: ProcessInfo) => Scalar | undefined>> = {
  pid: (process) => process.pid,
  entity_id: (process) => process.entityId,
  exec_id: (process) => process.execId,
  name: (process) => process.name,
  path: ({ program }) => program?.path,
  executable: (process) => process.executable,
  command_line: (process) => process.commandLine,
  source: (process) => process.source,
};

/** The fields of the ancestors: the values of all of them, as Elasticsearch flattens an array of objects. */
export function ancestorFields(): [string, (event: ExecEvent) => Values][] {
  return Object.entries(ANCESTOR_FIELDS).map(([name, field]) => [
    `${ANCESTORS}.${name}`,
    ({ ancestors }) => ancestors.map(field).filter((value) => value !== undefined),
  ]);
}

/** The ancestors as objects; a field that is missing is left out. */
export function ancestorDocuments({ ancestors }: ExecEvent): Record<string, Scalar>[] {
  return ancestors.map((process) => {
    const document: Record<string, Scalar> = {};
    for (const [name, field] of Object.entries(ANCESTOR_FIELDS)) {
      const value = field(process);
      if (value !== undefined) document[name] = value;
    }
    return document;
  });
}
