import { isIP } from "node:net";
import type { HostContext } from "../host/context.js";
import type { ExecEvent, ProcessInfo } from "../process/event.js";
import type { Program } from "../process/program.js";
import { ancestorFields } from "./ancestors.js";
import { containerOf } from "./container.js";
import { LEADER_FIELDS, PROCESS_FIELDS, type ProcessField, type Values } from "./process_fields.js";

/** The version of ECS whose fields these are. */
export const ECS_VERSION = "8.17.0";

/** How a field's values are had of an event and its host. */
export type ExecField = (event: ExecEvent, host: HostContext) => Values;

const BASE: Readonly<Record<string, ExecField>> = {
  "@timestamp": (event) => event.timestamp.iso,
  "ecs.version": () => ECS_VERSION,
  "event.kind": () => "event",
  "event.category": () => ["process"],
  "event.type": () => ["start"],
  "event.action": () => "exec",
  "event.id": (event) => event.id,
  "event.created": (event) => event.created.iso,
};

const HOST: Readonly<Record<string, ExecField>> = {
  "host.name": (_, { facts }) => facts.name,
  "host.hostname": (_, { facts }) => facts.hostname,
  "host.id": (_, { facts }) => facts.id,
  "host.architecture": (_, { facts }) => facts.architecture,
  "host.ip": (_, { facts }) => facts.ip,
  "host.mac": (_, { facts }) => facts.mac,
  "host.os.type": (_, { facts }) => facts.os.type,
  "host.os.name": (_, { facts }) => facts.os.name,
  "host.os.platform": (_, { facts }) => facts.os.platform,
  "host.os.family": (_, { facts }) => facts.os.family,
  "host.os.version": (_, { facts }) => facts.os.version,
  "host.os.full": (_, { facts }) => facts.os.full,
  "host.os.kernel": (_, { facts }) => facts.os.kernel,
};

/** The users of the process again, where ECS and Elastic's rules have those of an event. */
const USER: Readonly<Record<string, ExecField>> = {
  "user.id": ofProcess("user.id"),
  "user.name": ofProcess("user.name"),
  "user.Ext.real.id": ofProcess("real_user.id"),
  "user.Ext.real.name": ofProcess("real_user.name"),
  "group.id": ofProcess("group.id"),
  "group.name": ofProcess("group.name"),
  "group.Ext.real.id": ofProcess("real_group.id"),
  "group.Ext.real.name": ofProcess("real_group.name"),
};

const ORIGIN: Readonly<Record<string, ExecField>> = {
  "container.id": ({ record }) => containerOf(record.cgroup ?? "")?.id,
  "container.runtime": ({ record }) => containerOf(record.cgroup ?? "")?.runtime,
  "source.address": ({ record }, host) => remoteHost(record, host),
  "source.ip": ({ record }, host) => remoteIp(record, host),
  "wallwatch.login.user.id": ({ record }) => record.loginUid?.toString(),
  "wallwatch.login.user.name": ({ record }, { users }) =>
    record.loginUid === undefined ? undefined : users.user(record.loginUid),
  "wallwatch.login.session": ({ record }) => record.auditSession,
};

const LEADERS: Readonly<Record<string, ExecField>> = {
  "process.session_leader.same_as_process": (event) => isSelf(event, event.sessionLeader),
  "process.group_leader.same_as_process": (event) => isSelf(event, event.groupLeader),
  "process.entry_leader.same_as_process": (event) => isSelf(event, event.entryLeader),
  "process.entry_leader.entry_meta.type": (event) => event.entryType,
  "process.entry_leader.entry_meta.source.ip": (event, host) => {
    const program = event.entryLeader?.program;
    return program && remoteIp(program, host);
  },
};

const CAPTURE: Readonly<Record<string, ExecField>> = {
  "wallwatch.capture.lane": ({ record }) => record.lane,
  "wallwatch.capture.latency_ms": (event) => event.latency,
  "wallwatch.capture.args_whole": ({ record }) => record.argsWhole,
  "wallwatch.capture.parent_args_whole": ({ parent }) =>
    parent?.program?.argsCount === undefined ? undefined : parent.program.argsWhole,
  "wallwatch.capture.args_size": ({ record }) => record.argsSize,
  "wallwatch.capture.args_invalid_utf8": ({ record }) => record.argsInvalidUtf8,
  "wallwatch.capture.env_vars_whole": ({ record }) => !record.environmentCut,
  "wallwatch.capture.path_whole": ({ record }) => !record.pathCut,
  "wallwatch.capture.executable_whole": ({ record }) => !record.executableCut,
  "wallwatch.capture.working_directory_whole": ({ record }) => !record.workingDirectoryCut,
  // Stands beside the ids in /proc: who could not be read there was not seen untraced.
  "wallwatch.capture.traced": ({ record }) => record.traced || (record.uid === undefined ? undefined : false),
  "wallwatch.capture.parent": (event) => event.parent && (event.record.creatorKnown ? "fork" : "current"),
  "wallwatch.capture.parent_source": (event) => event.parent?.source,
  "wallwatch.process.path": ({ record }) => record.path,
  "wallwatch.process.executable_deleted": ({ record }) =>
    record.executable === undefined ? undefined : record.executableDeleted,
  "wallwatch.process.working_directory_deleted": ({ record }) =>
    record.workingDirectory === undefined ? undefined : record.workingDirectoryDeleted,
  "wallwatch.process.compat_32bit": ({ record }) => (record.fieldsMissing ? undefined : record.is32Bit),
  "wallwatch.process.cgroup": ({ record }) => record.cgroup,
  "wallwatch.process.namespace.pid": ({ record }) => record.namespaces.pid,
  "wallwatch.process.namespace.net": ({ record }) => record.namespaces.net,
  "wallwatch.process.namespace.mnt": ({ record }) => record.namespaces.mnt,
  "wallwatch.process.namespace.user": ({ record }) => record.namespaces.user,
};

/**
 * Every field of an exec event, by its name in ECS. Rules see an event through this table and nothing else, and its
 * document is made of the same, so that what is evaluated live and what is replayed from a log cannot differ.
 */
export const EXEC_FIELDS: ReadonlyMap<string, ExecField> = new Map([
  ...Object.entries(BASE),
  ...Object.entries(HOST),
  ...related("process", PROCESS_FIELDS, (event) => event.process),
  ...related("process.parent", PROCESS_FIELDS, (event) => event.parent),
  ...related("process.session_leader", LEADER_FIELDS, (event) => event.sessionLeader),
  ...related("process.group_leader", LEADER_FIELDS, (event) => event.groupLeader),
  ...related("process.entry_leader", LEADER_FIELDS, (event) => event.entryLeader),
  ...Object.entries(LEADERS),
  ...Object.entries(USER),
  ...Object.entries(ORIGIN),
  ...Object.entries(CAPTURE),
  ...ancestorFields(),
]);

/** Gives rules their fields: a FieldResolver of exec events (src/rules/field.ts). */
export function liveFields(host: HostContext): (field: string) => ((event: ExecEvent) => Values) | undefined {
  return (field) => {
    const values = EXEC_FIELDS.get(field);
    return values && ((event) => values(event, host));
  };
}

function related(
  prefix: string,
  fields: Readonly<Record<string, ProcessField>>,
  of: (event: ExecEvent) => ProcessInfo | undefined,
): [string, ExecField][] {
  return Object.entries(fields).map(([name, field]) => [
    `${prefix}.${name}`,
    (event, host) => {
      const process = of(event);
      return process && field(process, host);
    },
  ]);
}

function ofProcess(name: string): ExecField {
  const field = PROCESS_FIELDS[name];
  if (field === undefined) throw new TypeError(`no such field of a process: ${name}`);
  return (event, host) => field(event.process, host);
}

function isSelf(event: ExecEvent, leader: ProcessInfo | undefined): boolean | undefined {
  return leader && leader.pid === event.process.pid;
}

function remoteHost({ auditSession }: Program, { sessions }: HostContext): string | undefined {
  return auditSession === undefined ? undefined : sessions.remoteHost(auditSession);
}

function remoteIp(program: Program, host: HostContext): string | undefined {
  const remote = remoteHost(program, host);
  return remote !== undefined && isIP(remote) !== 0 ? remote : undefined;
}
