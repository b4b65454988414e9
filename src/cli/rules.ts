import { DEFAULT_CONFIG_PATH } from "../config/load.js";
import { rulePaths } from "../detect/live_rules.js";
import { ANY_HOST } from "../detect/live_target.js";
import { printable } from "../printable.js";
import { loadRules } from "../rules/load.js";
import { problemText } from "../rules/problem.js";
import type { RuleProblem } from "../rules/problem.js";
import { type LoadedRule, type RuleSet, type RuleStatus, statusOf } from "../rules/ruleset.js";
import type { Command } from "./command.js";
import { EXIT } from "./exit.js";
import { parseOptions } from "./options.js";
import { loadConfigOrRefuse } from "./refusal.js";
import { processStdio, type Sink, type Stdio } from "./stdio.js";
import { fitted, paint, type Style, wantsColour } from "./style.js";

const help = `Usage: wallwatch rules [OPTION]... [PATH...]

Lists rules and says what becomes of each on a host:
  live          evaluated at every program that starts
  replay-only   asks for what this host's events do not have; a recorded event may
  unsupported   asks for more than one event can tell, or in a language that is not known
  disabled      switched off by its file
  overridden    another file of a later PATH has the same id
  broken        the file gives no rule

PATH is a rule file or a folder of them; without PATH these are the rules that "wallwatch run" would load.

  --config FILE   configuration that names the rules (default: ${DEFAULT_CONFIG_PATH}, if it is there)
  --json          one JSON object for each file: path, id, name, version, status, reason

Exit codes: ${EXIT.ok} all files were read, ${EXIT.failure} some are broken, ${EXIT.usage} usage, ${EXIT.configuration} bad configuration.
`;

export const command: Command = { help, run: (args) => rules(args, processStdio()) };

/** @returns the exit code */
export async function rules(args: readonly string[], stdio: Stdio): Promise<number> {
  const { values, positionals } = parseOptions("rules", args, {
    options: { json: { type: "boolean" }, config: { type: "string" } },
    allowPositionals: true,
  });
  const paths = positionals.length > 0 ? positionals : await configuredPaths(values.config);
  const set = await loadRules(paths, ANY_HOST);
  if (values.json === true)
    await stdio.stdout.write(
      rows(set)
        .map((row) => `${JSON.stringify(row)}\n`)
        .join(""),
    );
  else await printTable(set, stdio);
  return set.problems.length > 0 ? EXIT.failure : EXIT.ok;
}

async function configuredPaths(path: string | undefined): Promise<readonly string[]> {
  const { config } = await loadConfigOrRefuse(path);
  return rulePaths(config.rules);
}

/** What `--json` gives for a file. Every key is always there. */
interface Row {
  readonly path: string;
  readonly id: string | null;
  readonly name: string | null;
  /** null where the file does not say, or is broken so that nobody can tell; as id and name. */
  readonly version: number | null;
  readonly status: RuleStatus | "broken";
  readonly reason: string | null;
}

function rows(set: RuleSet<unknown>): Row[] {
  const files = new Set([...set.rules.map(({ rule }) => rule.path), ...set.problems.map(({ path }) => path)]);
  return [...files].map((path) => {
    // Of a file that two paths have, the later one's rule applies.
    const loaded = set.rules.findLast(({ rule }) => rule.path === path);
    if (loaded !== undefined) return { ...ruleKeys(path, loaded.rule), ...outcome(loaded) };
    const problems = set.problems.filter((problem) => problem.path === path);
    const rule = problems.find((problem) => problem.rule !== undefined)?.rule;
    return { ...ruleKeys(path, rule), status: "broken", reason: problems.map(reasonOf).join("; ") };
  });
}

function ruleKeys(path: string, rule: RuleProblem["rule"]): Pick<Row, "path" | "id" | "name" | "version"> {
  // A file without a version is read as of version 0.
  return { path, id: rule?.id ?? null, name: rule?.name ?? null, version: rule?.version || null };
}

function outcome(loaded: LoadedRule<unknown>): Pick<Row, "status" | "reason"> {
  const { status, reason } = statusOf(loaded);
  return { status, reason: reason ?? null };
}

function reasonOf({ line, column, message }: RuleProblem): string {
  return line === undefined ? message : `line ${line}, column ${column ?? 1}: ${message}`;
}

const STATUS_STYLES: Readonly<Record<RuleStatus, Style>> = {
  live: "green",
  "replay-only": "yellow",
  unsupported: "yellow",
  disabled: "dim",
  overridden: "dim",
};

const STATUS_WIDTH = Math.max(...Object.keys(STATUS_STYLES).map(({ length }) => length));
const MAX_NAME_WIDTH = 60;

async function printTable(set: RuleSet<unknown>, { stdout, stderr }: Stdio): Promise<void> {
  const isColoured = wantsColour(stdout.stream);
  const nameWidth = Math.min(MAX_NAME_WIDTH, Math.max(0, ...set.rules.map(({ rule }) => rule.name.length)));
  const lines = set.rules.map((loaded) => tableLines(loaded, nameWidth, isColoured));
  await stdout.write(lines.join("") + summary(set));
  await printProblems(set.problems, stderr);
}

function tableLines(loaded: LoadedRule<unknown>, nameWidth: number, isColoured: boolean): string {
  const { rule } = loaded;
  const { status, reason } = statusOf(loaded);
  const state = paint(status.padEnd(STATUS_WIDTH), STATUS_STYLES[status], isColoured);
  const version = rule.version === 0 ? "" : String(rule.version);
  const line = `${state}  ${fitted(printable(rule.name), nameWidth).padEnd(nameWidth)}  ${version.padStart(4)}  ${printable(rule.path)}\n`;
  return reason === undefined
    ? line
    : `${line}${" ".repeat(STATUS_WIDTH)}  ${paint(printable(reason), "dim", isColoured)}\n`;
}

function summary(set: RuleSet<unknown>): string {
  const counts = new Map<string, number>();
  for (const loaded of set.rules) {
    const { status } = statusOf(loaded);
    counts.set(status, (counts.get(status) ?? 0) + 1);
  }
  const parts = Array.from(counts, ([status, count]) => `${count} ${status}`);
  const broken = new Set(set.problems.map(({ path }) => path)).size;
  const notLoaded = broken === 0 ? "" : `; ${counted(broken, "file")} not loaded`;
  return `${counted(set.rules.length, "rule")}${parts.length > 0 ? `: ${parts.join(", ")}` : ""}${notLoaded}\n`;
}

/** A number with its noun: `1 rule`, `2 rules`. */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

/** What did not load, on standard error. */
export async function printProblems(problems: readonly RuleProblem[], stderr: Sink): Promise<void> {
  await stderr.write(problems.map((problem) => `wallwatch: ${problemText(problem)}\n`).join(""));
}
