import { toDocument } from "../ecs/document.js";
import { containerOf } from "../ecs/container.js";
import type { HostContext } from "../host/context.js";
import type { ExecEvent } from "../process/event.js";
import { incompleteFields, type Candidate, type EventView } from "./candidate.js";

/** Execs of this host, as they happen. */
export function liveView(host: HostContext): EventView<ExecEvent> {
  return {
    names: (event) => event.process.name,
    incompleteFields: ({ record, parent }) =>
      incompleteFields(!record.argsWhole, parent?.program?.argsWhole === false, isEnvironmentPadded(record)),
    candidate: (event) => candidateOf(event, host),
  };
}

/**
 * An environment that was too long to be looked at whole. One that could not be looked at at all is unknown and no more: in the
 * proc lane it goes with the invoked path, and there both may be for others than us to read.
 */
function isEnvironmentPadded(record: ExecEvent["record"]): boolean {
  return record.environmentCut && record.path !== undefined;
}

function candidateOf(event: ExecEvent, host: HostContext): Candidate {
  const { id, record, parent, ancestors } = event;
  const container = containerOf(record.cgroup ?? "")?.id;
  return {
    eventId: id,
    execId: id,
    time: event.timestamp.date.getTime(),
    lineage: ancestors.map(({ execId }) => execId).filter((execId) => execId !== undefined),
    parentId: parent?.execId ?? parent?.entityId,
    actor: {
      executable: record.executable,
      user: record.euid?.toString(),
      session: record.auditSession?.toString(),
      container,
    },
    document: () => toDocument(event, host),
  };
}
