import { setFlagsFromString } from "node:v8";

import { hasCode } from "../errno.js";
import { packageVersion } from "../version.js";
import type { Command } from "./command.js";
import { heedEarlySignals } from "./early_signals.js";
import { CommandError, EXIT } from "./exit.js";
import { isJournal, priorityPrefix } from "./report/journal.js";

interface Entry {
  readonly name: string;
  readonly summary: string;
  /** Loads the command's module. Nothing of another command is loaded: `run` is to stay small in memory. */
  readonly load: () => Promise<{ readonly command: Command }>;
}

const COMMANDS: readonly Entry[] = [
  {
    name: "run",
    summary: "watch this host",
    load: () => {
      heedEarlySignals();
      keepHeapSmall();
      return import("./run.js");
    },
  },
  { name: "reload", summary: "have a running one read its configuration again", load: () => import("./reload.js") },
  { name: "check", summary: "would run work here, and if not, what to do", load: () => import("./check.js") },
  { name: "setup", summary: "index templates for Elasticsearch and OpenSearch", load: () => import("./setup.js") },
  { name: "resend", summary: "send dead letters again", load: () => import("./resend.js") },
  { name: "status", summary: "how the wallwatch that runs here does", load: () => import("./status.js") },
  {
    name: "log-level",
    summary: "have it say more or less of its own work",
    load: () => import("./log_level.js"),
  },
  { name: "rules", summary: "what becomes of each rule here, and why", load: () => import("./rules.js") },
  { name: "replay", summary: "recorded events in, alerts out", load: () => import("./replay.js") },
  { name: "query", summary: "recorded events that a query matches, like grep", load: () => import("./query.js") },
  { name: "test", summary: "try the examples that rule files carry", load: () => import("./test.js") },
  {
    name: "record",
    summary: "record what is executed on this host, secrets masked",
    load: () => import("./record.js"),
  },
];

/** Runs one command. @returns the exit code; whatever goes wrong has been told on standard error. */
export async function main(args: readonly string[]): Promise<number> {
  const [name, ...rest] = args;
  // What is thrown in a callback, and promises that nobody awaits.
  process.once("uncaughtException", (error) => process.exit(report(error)));
  try {
    return await dispatch(name, rest);
  } catch (error) {
    return report(error);
  }
}

async function dispatch(name: string | undefined, args: readonly string[]): Promise<number> {
  if (name === "--version") {
    process.stdout.write(`wallwatch ${packageVersion()}\n`);
    return EXIT.ok;
  }
  if (name === "--help" || name === "-h" || name === "help") {
    process.stdout.write(overview());
    return EXIT.ok;
  }
  if (name === undefined) {
    process.stderr.write(overview());
    return EXIT.usage;
  }
  const entry = COMMANDS.find((candidate) => candidate.name === name);
  if (entry === undefined) {
    throw new CommandError(EXIT.usage, `There is no command "${name}".`, 'See "wallwatch --help".');
  }
  const { command } = await entry.load();
  const operands = args.indexOf("--");
  const options = operands < 0 ? args : args.slice(0, operands);
  if (options.includes("--help") || options.includes("-h")) {
    process.stdout.write(command.help);
    return EXIT.ok;
  }
  return command.run(args);
}

function report(error: unknown): number {
  if (error instanceof CommandError) {
    tell(`wallwatch: ${error.message}`, error.cure);
    return error.exitCode;
  }
  // Whoever read the output has read enough: `wallwatch check | head -3`.
  if (hasCode(error, "EPIPE")) return EXIT.failure;
  const detail = error instanceof Error ? error.message : String(error);
  if (isOfOutput(error)) {
    tell(`wallwatch: The output cannot be written: ${detail}.`);
    return EXIT.io;
  }
  const isTraced = process.env["WALLWATCH_TRACE"] !== undefined && error instanceof Error;
  const more = isTraced ? error.stack : "Set WALLWATCH_TRACE=1 to see where, and please report it.";
  tell(`wallwatch: a fault of wallwatch itself: ${detail}`, more);
  return EXIT.software;
}

/** Standard output goes to a file that takes no more. All else that is written has handlers of its own. */
function isOfOutput(error: unknown): boolean {
  if (!(error instanceof Error) || !("syscall" in error) || error.syscall !== "write") return false;
  return hasCode(error, "ENOSPC", "EDQUOT", "EFBIG", "EIO");
}

/** Why it ends, on standard error: of a service so that "journalctl -p err" has each line of it. */
function tell(...texts: readonly (string | undefined)[]): void {
  const prefix = isJournal(2, process.env["JOURNAL_STREAM"]) ? priorityPrefix("error") : "";
  const lines = texts.flatMap((text) => text?.split("\n") ?? []);
  process.stderr.write(lines.map((line) => `${prefix}${line}\n`).join(""));
}

function overview(): string {
  const width = Math.max(...COMMANDS.map(({ name }) => name.length));
  const lines = COMMANDS.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}\n`);
  return `wallwatch sees every program that starts on this host and tells who took the firewall down.

Usage: wallwatch COMMAND [OPTION]... [OPERAND]...

${lines.join("")}
"wallwatch COMMAND --help" tells a command's options; "wallwatch --version" which version this is.
`;
}

/**
 * Has V8 collect garbage early rather than let the heap grow: an exec leaves nothing behind but its place in the process
 * table, so a service of weeks gains nothing by a large heap. Measured over 200,000 execs: some 80 MB resident, of which node
 * itself is 50, instead of 110, for no more processor time than before. To be called before anything else is loaded, for
 * the heap does not shrink again.
 */
function keepHeapSmall(): void {
  setFlagsFromString("--semi-space-growth-factor=1");
  setFlagsFromString("--heap-growing-percent=10");
  setFlagsFromString("--optimize-for-size");
  // Alerts are rare: what makes them would be thrown away in between, and compiled again while somebody waits for one.
  setFlagsFromString("--no-flush-bytecode");
}
