import { createHash } from "node:crypto";

import { documentResolver, type JsonDocument } from "../rules/document.js";
import type { Accessor } from "../rules/field.js";
import { incompleteFields, type Actor, type Candidate, type EventView } from "./candidate.js";
import { nested, section, type NestedDocument, textOf, valuesOf } from "./document.js";

const argsWhole = accessorOf("wallwatch.capture.args_whole");
const parentArgsWhole = accessorOf("wallwatch.capture.parent_args_whole");
const environmentWhole = accessorOf("wallwatch.capture.env_vars_whole");

/**
 * Exec events that somebody recorded: wallwatch itself, which then gives the same ids as it did live, or another agent
 * whose events are ECS (Elastic Defend, Auditbeat). Those name processes and not execs, which serves as well.
 */
export const recordedView: EventView<JsonDocument> = {
  names: accessorOf("process.name"),
  incompleteFields: (document) =>
    incompleteFields(
      argsWhole(document) === false,
      parentArgsWhole(document) === false,
      environmentWhole(document) === false && textOf(document, "wallwatch.process.path") !== undefined,
    ),
  candidate: candidateOf,
};

function candidateOf(document: JsonDocument): Candidate {
  const text = (field: string): string | undefined => textOf(document, field);
  const eventId =
    text("event.id") ??
    createHash("sha256")
      .update(JSON.stringify(nested(document)))
      .digest("hex")
      .slice(0, 32);
  return {
    eventId,
    time: timeOf(text("@timestamp")),
    ...(text("wallwatch.capture.lane") === undefined ? processTree(document, eventId) : execTree(document, eventId)),
    document: () => withoutPlace(nested(document)),
  };
}

/**
 * `log` tells how the recorder wrote the event down, `data_stream` where it was filed. The alert is written by us, with a
 * `log.level` of its own, and Elasticsearch refuses it in any stream but the one that it names.
 */
function withoutPlace(document: NestedDocument): NestedDocument {
  delete document["log"];
  delete document["data_stream"];
  return document;
}

type Tree = Pick<Candidate, "execId" | "lineage" | "parentId" | "actor">;

/** As wallwatch itself recorded it. */
function execTree(document: JsonDocument, eventId: string): Tree {
  const { ancestors } = section(nested(document), "wallwatch");
  const execIds = (Array.isArray(ancestors) ? (ancestors as JsonDocument[]) : []).map((one) => textOf(one, "exec_id"));
  return {
    execId: eventId,
    lineage: execIds.filter((id) => id !== undefined),
    parentId: execIds[0] ?? textOf(document, "process.parent.entity_id"),
    actor: actorOf(document, "wallwatch.login.session"),
  };
}

/** As others do: Elastic Defend names all ancestors, Auditbeat the parent at best. */
function processTree(document: JsonDocument, eventId: string): Tree {
  const parentId = textOf(document, "process.parent.entity_id");
  const ancestry = valuesOf(document, "process.Ext.ancestry").map(String);
  return {
    execId: textOf(document, "process.entity_id") ?? eventId,
    lineage: [...new Set(parentId === undefined ? ancestry : [parentId, ...ancestry])],
    parentId,
    actor: actorOf(document, "process.entry_leader.entity_id"),
  };
}

function actorOf(document: JsonDocument, sessionField: string): Actor {
  return {
    executable: textOf(document, "process.executable"),
    user: textOf(document, "user.id") ?? textOf(document, "process.user.id"),
    session: textOf(document, sessionField),
    container: textOf(document, "container.id"),
  };
}

function accessorOf(field: string): Accessor<JsonDocument> {
  return documentResolver(field) ?? (() => undefined);
}

/** ms since 1970, of a date as Elasticsearch takes it: ISO 8601 or ms since 1970. 0 where there is none that a Date can hold. */
function timeOf(timestamp: string | undefined): number {
  if (timestamp === undefined) return 0;
  const time = new Date(/^\d+$/.test(timestamp) ? Number(timestamp) : timestamp).getTime();
  return Number.isNaN(time) ? 0 : time;
}
