import { createHash } from "node:crypto";

import type { LogEntry } from "../../src/log/entry.js";

/** Alerts that the server refuses: every so many, where it is asked for by the environment. */
const FAULT_EVERY = Number(process.env["FAULT_EVERY"] ?? 0);

/** The id of the alert of a number. */
export function alertId(number: number): string {
  return createHash("sha256").update(`alert ${number}`).digest("hex").slice(0, 32);
}

/** Whether the alert of this number is one that a mapping refuses: its pid is none. */
export function isAtFault(number: number, every = FAULT_EVERY): boolean {
  return every > 0 && number % every === 0;
}

/** An alert of some 1.6 kB with the sections that a real one has; its number is `event.sequence`. */
export function alertEntry(number: number): LogEntry {
  const id = alertId(number);
  const timestamp = new Date(Date.UTC(2026, 0, 2) + number).toISOString();
  const program = (name: string, pid: number): object => ({
    pid,
    entity_id: createHash("sha256").update(`${name} ${pid}`).digest("hex").slice(0, 16),
    name,
    executable: `/usr/sbin/${name}`,
    args: [name, "--wait", "--table", "filter", "--flush", `CHAIN-${number}`],
    args_count: 6,
    command_line: `${name} --wait --table filter --flush CHAIN-${number}`,
    working_directory: "/root",
    start: timestamp,
    interactive: true,
    user: { id: "0", name: "root" },
    group: { id: "0", name: "root" },
  });
  const document = {
    "log.level": "info",
    "@timestamp": timestamp,
    message: `root: iptables --wait --table filter --flush CHAIN-${number}`,
    ecs: { version: "8.17.0" },
    event: {
      kind: "alert",
      category: ["process"],
      type: ["start"],
      action: "exec",
      dataset: "wallwatch.alert",
      id: createHash("sha256").update(`event ${number}`).digest("hex").slice(0, 32),
      sequence: number,
    },
    agent: { type: "wallwatch", version: "0.1.0" },
    host: { name: "host-1", hostname: "host-1", id: "0123456789abcdef0123456789abcdef", os: { type: "linux" } },
    user: { id: "0", name: "root" },
    rule: {
      id: "83e9c2b3-24ef-4c1d-a8cd-5ebafb5dfa2f",
      name: "Attempt to Disable IPTables or Firewall",
      version: "111",
    },
    threat: { framework: "MITRE ATT&CK", tactic: { id: ["TA0005"] }, technique: { id: ["T1562"] } },
    process: {
      ...program("iptables", 1000 + number),
      parent: program("bash", 999),
      ...(isAtFault(number) ? { pid: "none" } : {}),
    },
    wallwatch: { alert: { id }, incident: { id: alertId(0) }, capture: { lane: "kernel" } },
  };
  return { line: Buffer.from(`${JSON.stringify(document)}\n`), subject: document.rule.id, isAlert: true };
}

/** The numbers of the alerts in a segment, in their order. @throws where a line is no JSON */
export function numbersIn(segment: Buffer): number[] {
  return segment
    .toString("utf8")
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => (JSON.parse(line) as { event: { sequence: number } }).event.sequence);
}
