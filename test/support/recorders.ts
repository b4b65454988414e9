/** What was executed, by whom. */
export interface Act {
  readonly args: readonly string[];
  readonly parent: readonly string[];
}

/** What a recorder says an event is: of what it writes, rules ask for these two. */
export interface Kind {
  readonly action: string | readonly string[];
  readonly type: readonly string[];
}

/** An agent whose events are ECS, and the shape that it gives them. */
export interface Recorder {
  /** How it writes that a program started. */
  readonly started: Kind;
  /** Its other events of a process. */
  readonly others: readonly Kind[];
  /** Its words are among those that the published EQL rule asks for. */
  readonly isOfRule111: boolean;
  /** It gives `process.command_line`. */
  readonly hasCommandLine: boolean;
  readonly event: (act: Act, kind: Kind) => object;
}

const TIME = "2024-05-01T10:00:00.000Z";
const OS = { family: "debian", platform: "debian", name: "Debian GNU/Linux", version: "12.5" };

/** Elastic's package "endpoint", and its documents of Linux process events: actions are lists, several events may be one. */
const defend: Recorder = {
  started: { action: ["exec"], type: ["start"] },
  others: [
    { action: ["fork"], type: ["start"] },
    { action: ["end"], type: ["end"] },
  ],
  isOfRule111: true,
  hasCommandLine: true,
  event: ({ args, parent }, { action, type }) => ({
    "@timestamp": "2024-05-01T10:00:00.1234567Z",
    agent: { id: "4c9c", type: "endpoint", version: "8.14.0" },
    elastic: { agent: { id: "4c9c" } },
    data_stream: { type: "logs", dataset: "endpoint.events.process", namespace: "default" },
    message: "Endpoint process event",
    host: {
      hostname: "web",
      name: "web",
      id: "2bee",
      ip: ["192.0.2.9", "::1"],
      architecture: "x86_64",
      os: { ...OS, type: "linux", Ext: { variant: "Debian" }, kernel: "6.1.0", full: "Debian 12.5" },
    },
    event: {
      ...{ agent_id_status: "verified", sequence: 36236, created: TIME, ingested: TIME, outcome: "unknown" },
      ...{ kind: "event", module: "endpoint", dataset: "endpoint.events.process", category: ["process"], action, type },
      id: `MYfZ/${JSON.stringify([args, action])}`,
    },
    process: {
      ...program(args),
      pid: 7,
      entity_id: "d7==",
      interactive: true,
      hash: { sha256: "0".repeat(64) },
      user: { id: 0, name: "root" },
      Ext: { ancestry: ["d6==", "d5=="] },
      parent: { ...program(parent), pid: 6, entity_id: "d6==" },
      entry_leader: { entity_id: "d3==", same_as_process: false, entry_meta: { type: "sshd" } },
    },
    user: { id: 0, name: "root", Ext: { real: { id: 0, name: "root" } } },
    group: { id: 0, name: "root" },
  }),
};

/** The integration "sentinel_one_cloud_funnel": the action is a copy of the type, and so a list. */
const sentinelOne: Recorder = {
  started: { action: ["start"], type: ["start"] },
  others: [{ action: ["end"], type: ["end"] }],
  isOfRule111: true,
  hasCommandLine: true,
  event: ({ args, parent }, { action, type }) => ({
    "@timestamp": TIME,
    event: { kind: "event", category: ["process"], action, type, id: `01GE${JSON.stringify(args)}` },
    host: { hostname: "web", id: "asdf", type: "server", os: { type: "linux", platform: "linux", name: "Linux" } },
    process: {
      ...program(args),
      pid: 7,
      entity_id: "D004",
      title: args[0],
      user: { name: "root" },
      parent: { ...program(parent), pid: 6, entity_id: "F594", user: { name: "root" } },
    },
    related: { user: ["root"], hosts: ["web"] },
    sentinel_one_cloud_funnel: { event: { category: "process", meta_event_name: "PROCESSCREATION" } },
  }),
};

/** The fields of Endgame's mapping to ECS. */
const endgame: Recorder = {
  started: { action: "exec_event", type: ["start"] },
  others: [
    { action: "fork_event", type: ["start"] },
    { action: "termination_event", type: ["end"] },
  ],
  isOfRule111: true,
  hasCommandLine: true,
  event: ({ args, parent }, { action, type }) => ({
    "@timestamp": TIME,
    event: { kind: "event", module: "endgame", category: ["process"], action, type },
    host: { hostname: "web", os: { ...OS, type: "linux" } },
    process: { ...program(args), pid: 7, entity_id: "7", parent: { ...program(parent), pid: 6 } },
    user: { id: "0", name: "root" },
  }),
};

/** Auditbeat's module "system": ids of users are numbers, nothing is known of the parent but its pid. */
const auditbeat: Recorder = {
  started: { action: "process_started", type: ["start", "change"] },
  others: [
    { action: "process_stopped", type: ["end"] },
    { action: "existing_process", type: ["info"] },
    { action: "process_changed_image", type: ["change"] },
  ],
  isOfRule111: false,
  hasCommandLine: false,
  event: ({ args }, { action, type }) => ({
    "@timestamp": TIME,
    agent: { type: "auditbeat", version: "8.14.0" },
    event: { kind: "event", module: "system", dataset: "process", category: ["process"], action, type },
    service: { type: "system" },
    message: `Process ${args[0] ?? ""} (PID: 7) by user root STARTED`,
    host: { name: "web", os: { ...OS, type: "linux" } },
    process: { ...program(args), command_line: undefined, pid: 7, entity_id: "+fYs", parent: { pid: 6 }, start: TIME },
    user: { id: 0, name: "root", group: { id: 0, name: "root" }, effective: { id: 0 }, saved: { id: 0 } },
  }),
};

/** Auditbeat's module "auditd", and Auditd Manager: no number of arguments either. */
const auditd: Recorder = {
  started: { action: "executed", type: ["start"] },
  others: [{ action: "killed-pid", type: ["end"] }],
  isOfRule111: false,
  hasCommandLine: false,
  event: ({ args }, { action, type }) => ({
    "@timestamp": TIME,
    auditd: {
      message_type: "syscall",
      sequence: 8972,
      session: "11",
      result: "success",
      data: { syscall: "execve", tty: "pts0", argc: String(args.length) },
      summary: { how: `/usr/sbin/${args[0] ?? ""}`, object: { type: "file" } },
    },
    event: { kind: "event", module: "auditd", category: ["process"], outcome: "success", action, type },
    service: { type: "auditd" },
    host: { name: "web", os: { ...OS, type: "linux" } },
    process: {
      ...program(args),
      pid: 7,
      args_count: undefined,
      command_line: undefined,
      title: args.join(" "),
      parent: { pid: 6 },
    },
    user: { id: "0", name: "root", audit: { id: "1001" }, effective: { id: "0" } },
  }),
};

/** The sources of the published rules, by name. */
export const RECORDERS: Readonly<Record<string, Recorder>> = {
  "Elastic Defend": defend,
  SentinelOne: sentinelOne,
  Endgame: endgame,
  Auditbeat: auditbeat,
  "Auditbeat's auditd": auditd,
};

function program(args: readonly string[]): object {
  const name = args[0]?.replace(/^.*\//, "");
  const command = args.join(" ");
  return { name, executable: `/usr/sbin/${name ?? ""}`, args, args_count: args.length, command_line: command };
}
