import { toDocument } from "../ecs/document.js";
import { containerOf } from "../ecs/container.js";
import type { HostContext } from "../host/context.js";
import type { ExecEvent } from "../process/event.js";
import { incompleteArgs, type Candidate, type EventView } from "./candidate.js";

/** Execs of this host, as they happen. */
export function liveView(host: HostContext): EventView<ExecEvent> {
  return {
    names: (event) => event.process.name,
    incompleteFields: ({ record, parent }) => incompleteArgs(!record.argsWhole, parent?.program?.argsWhole === false),
    candidate: (event) => candidateOf(event, host),
  };
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
