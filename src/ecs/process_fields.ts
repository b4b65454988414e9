import type { HostContext } from "../host/context.js";
import type { ProcessInfo } from "../process/event.js";
import { capabilityNames } from "./capabilities.js";

/** One value of a field, as JSON has it. */
export type Scalar = string | number | boolean;

/** The values of a field. Missing is undefined or an empty array. */
export type Values = Scalar | readonly Scalar[] | undefined;

export type ProcessField = (process: ProcessInfo, host: HostContext) => Values;

type Id = "uid" | "euid" | "suid" | "gid" | "egid" | "sgid";

const id =
  (key: Id): ProcessField =>
  ({ program }) =>
    program?.[key]?.toString();

const userName =
  (key: Id): ProcessField =>
  ({ program }, { users }) => {
    const uid = program?.[key];
    return uid === undefined ? undefined : users.user(uid);
  };

const groupName =
  (key: Id): ProcessField =>
  ({ program }, { users }) => {
    const gid = program?.[key];
    return gid === undefined ? undefined : users.group(gid);
  };

/**
 * What ECS tells of a leader of session, group or entry: the name below `process.session_leader.` and so on. User and
 * group are the effective ones, as of the process' last exec.
 */
export const LEADER_FIELDS: Readonly<Record<string, ProcessField>> = {
  pid: (process) => process.pid,
  vpid: ({ program, pid }) => (program?.self.pid === pid ? program.localPid : undefined),
  entity_id: (process) => process.entityId,
  name: (process) => process.name,
  executable: (process) => process.executable,
  args: (process) => process.args,
  args_count: ({ program }) => program?.argsCount,
  command_line: (process) => process.commandLine,
  working_directory: ({ program }) => program?.workingDirectory,
  start: (process) => process.start?.date.toISOString(),
  interactive: ({ program }) => (program === undefined ? undefined : program.tty !== undefined),
  "tty.char_device.major": ({ program }) => program?.tty?.major,
  "tty.char_device.minor": ({ program }) => program?.tty?.minor,
  "thread.name": (process) => process.comm,
  "user.id": id("euid"),
  "user.name": userName("euid"),
  "real_user.id": id("uid"),
  "real_user.name": userName("uid"),
  "saved_user.id": id("suid"),
  "saved_user.name": userName("suid"),
  "group.id": id("egid"),
  "group.name": groupName("egid"),
  "real_group.id": id("gid"),
  "real_group.name": groupName("gid"),
  "saved_group.id": id("sgid"),
  "saved_group.name": groupName("sgid"),
};

/** What ECS tells of the process that exec'd, and of its parent: the name below `process.` and `process.parent.`. */
export const PROCESS_FIELDS: Readonly<Record<string, ProcessField>> = {
  ...LEADER_FIELDS,
  env_vars: ({ program }) => program?.environment,
  "thread.capabilities.effective": ({ program }) => program && capabilityNames(program.capEffective),
  "thread.capabilities.permitted": ({ program }) => program && capabilityNames(program.capPermitted),
};
