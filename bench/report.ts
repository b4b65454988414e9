import { writeFileSync } from "node:fs";

import { thisMachine } from "./machine.js";

export type Row = Readonly<Record<string, string | number>>;

/** What a bench has found: a table for people, and all of it as JSON. */
export interface Report {
  readonly bench: string;
  /** How it was measured, a sentence or two. */
  readonly method: string;
  readonly rows: readonly Row[];
  /** Limits that were set beforehand, and whether they were kept. */
  readonly targets: readonly Target[];
  /** What was not measured, and why. */
  readonly absent: readonly string[];
}

export interface Target {
  readonly what: string;
  readonly measured: number;
  readonly limit: number;
  readonly kept: boolean;
  /** Holds however busy the machine is, and however short the run. */
  readonly always: boolean;
}

/** A limit for a figure that the machine's pace and the length of the run go into. */
export function atMost(what: string, measured: number, limit: number): Target {
  return { what, measured, limit, kept: measured <= limit, always: false };
}

/** What must be so whenever it is tried. */
export function exactly(what: string, measured: number, limit: number): Target {
  return { what, measured, limit, kept: measured === limit, always: true };
}

/** Prints the table on standard output and the JSON after it, or into `file`. */
export function print(report: Report, file: string | undefined): void {
  const machine = thisMachine();
  const lines = [
    `${report.bench}: ${report.method}`,
    `${machine.processor}, ${machine.cores} cores, ${machine.memory} GiB, ${machine.system}, Linux ${machine.kernel}, Node.js ${machine.node}`,
    "",
    ...table(report.rows),
    "",
    ...report.targets.map(
      ({ what, measured, limit, kept }) =>
        `${kept ? "kept  " : "MISSED"} ${what}: ${short(measured)}, limit ${short(limit)}`,
    ),
    ...report.absent.map((reason) => `absent ${reason}`),
  ];
  console.log(lines.join("\n"));
  const json = JSON.stringify({ ...report, machine, date: new Date().toISOString() });
  if (file === undefined) console.log(`\n${json}`);
  else writeFileSync(file, `${json}\n`);
}

function table(rows: readonly Row[]): string[] {
  const names = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  const cells = [names, ...rows.map((row) => names.map((name) => cell(row[name])))];
  const widths = names.map((_, column) => Math.max(...cells.map((line) => line[column]?.length ?? 0)));
  return cells.map((line) =>
    line
      .map((text, column) => (column === 0 ? text.padEnd(widths[column] ?? 0) : text.padStart(widths[column] ?? 0)))
      .join("  "),
  );
}

function cell(value: string | number | undefined): string {
  return typeof value === "number" ? short(value) : (value ?? "");
}

function short(value: number): string {
  return Number.isInteger(value) ? String(value) : value.toFixed(3);
}
