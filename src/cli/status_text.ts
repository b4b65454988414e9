import { printable } from "../printable.js";
import type { Snapshot } from "../status/snapshot.js";
import type { SinkStatus } from "../ship/start.js";
import { paint } from "./style.js";

/** A snapshot for somebody who reads it on a terminal, without the last newline. */
export function statusText(snapshot: Snapshot, isColoured: boolean): string {
  const { version, host, healthy, degraded } = snapshot;
  const verdict = healthy ? paint("healthy", "green", isColoured) : paint("degraded", "yellow", isColoured);
  const rows = [...rowsOf(snapshot)];
  const width = Math.max(...rows.map(([name]) => name.length));
  return [
    `wallwatch ${printable(version)} on ${printable(host)}: ${verdict}`,
    ...degraded.map((reason) => `  ${paint("!", "yellow", isColoured)} ${printable(reason)}`),
    ...rows.map(([name, text]) => `${printable(name).padEnd(width)}  ${printable(text)}`),
  ].join("\n");
}

function* rowsOf(snapshot: Snapshot): Generator<readonly [name: string, text: string]> {
  const { pid, time, started, lane, libbpf, execs, execsPerSecond, rules, matches, alerts, undecided } = snapshot;
  const { incidents, cap, exceptions, losses, log, sinks, memory, canary, realtimePriority } = snapshot;
  yield ["up", `${duration(time - started)}, since ${new Date(started).toISOString()}, process ${pid}`];
  const loader = libbpf === null ? "" : `, libbpf ${libbpf.version}`;
  yield ["lane", `${lane}${loader}${realtimePriority ? ", real-time priority" : ""}`];
  yield ["events", `${execs} execs, ${execsPerSecond.toFixed(1)} per second`];
  yield ["rules", `${rules.live} live, ${rules.loaded} loaded, ${rules.broken} broken`];
  yield [
    "alerts",
    `${alerts} in ${incidents} incident${incidents === 1 ? "" : "s"}, of ${matches} matches; ${undecided} undecided`,
  ];
  const each = cap.alerts === null ? "each rule's own number" : String(cap.alerts);
  yield ["cap", `${each} in ${duration(cap.window)}; ${cap.held} matches held back`];
  yield ["exceptions", `${exceptions.configured}; ${exceptions.matches} matches`];
  const lost = Object.entries(losses).map(
    ([reason, { count, last }]) => `${reason} ${count} (last ${duration(time - last)} ago)`,
  );
  yield ["losses", lost.length === 0 ? "none" : lost.join(", ")];
  yield ["log", `${log.path}: ${size(log.size)} of ${size(log.disk)}; ${log.waiting.lines} lines wait`];
  for (const sink of sinks) yield [`sink ${sink.name}`, sinkText(sink, time)];
  yield ["memory", `${size(memory.rss)} (heap ${size(memory.heap)}, process table ${size(memory.table)})`];
  if (canary !== null) {
    const last = canary.lastSeen === null ? "none seen yet" : `last seen ${duration(time - canary.lastSeen)} ago`;
    yield ["canary", `${last}; ${canary.seen} seen, ${canary.missed} missed`];
  }
}

function sinkText({ type, sent, waiting, deadLetters, holding, lastSent }: SinkStatus, time: number): string {
  const age = waiting.oldest === undefined ? "" : `, the oldest for ${duration(time - waiting.oldest)}`;
  const parts = [`${type}: ${sent} sent${lastSent === undefined ? "" : `, last ${duration(time - lastSent)} ago`}`];
  parts.push(`${waiting.lines} wait${age}`, `${deadLetters} refused for good`);
  if (holding !== undefined) parts.push(`holds for ${duration(time - holding.since)}: ${holding.reason}`);
  return parts.join("; ");
}

/** "3 d 4 h": the two largest units. @param ms of time */
export function duration(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const units: readonly [number, string][] = [
    [86_400, "d"],
    [3600, "h"],
    [60, "min"],
    [1, "s"],
  ];
  const first = units.findIndex(([length]) => seconds >= length);
  if (first < 0) return "0 s";
  let rest = seconds;
  const parts: string[] = [];
  for (const [length, unit] of units.slice(first, first + 2)) {
    const number = Math.floor(rest / length);
    rest -= number * length;
    if (number > 0) parts.push(`${number} ${unit}`);
  }
  return parts.join(" ");
}

/** "1.2 MiB". */
function size(bytes: number): string {
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  const power = Math.min(Math.floor(Math.log2(Math.max(bytes, 1)) / 10), units.length - 1);
  const number = bytes / 2 ** (10 * power);
  return `${power === 0 || Number.isInteger(number) ? number : number.toFixed(1)} ${units[power] ?? ""}`;
}
