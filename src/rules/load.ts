import { readdir, readFile, stat } from "node:fs/promises";
import { join, relative } from "node:path";

import { QueryError } from "./error.js";
import type { Accessor, FieldResolver, Values } from "./field.js";
import { parseRuleFile, queryProblem } from "./file.js";
import { RuleFileError, type RuleProblem } from "./problem.js";
import type { Rule } from "./rule.js";
import { type LoadedRule, RuleSet } from "./ruleset.js";
import type { RuleTarget } from "./target.js";
import { judge, type Verdict } from "./verdict.js";

/** Bytes. A longer file is not read: the largest of Elastic's has some 60,000. */
const MAX_FILE_SIZE = 1_048_576;

export interface LoadOptions<E> {
  /** Reads a file's text; by default any file. The agent's way refuses what others may write. */
  readonly read?: (path: string) => Promise<string>;
  /** The rules so far: a file that no longer loads keeps the rule that it had in them, a path that is gone all of them. */
  readonly previous?: RuleSet<E>;
}

/** One rule of one file, compiled. */
interface CompiledFile<E> {
  readonly rule: Rule;
  readonly verdict: Verdict<E>;
}

/**
 * Loads rules from files and folders (every `*.toml` below them). A file that is wrong is named in the set's `problems`
 * and the others load. Of rules with the same id the one of the later path applies; within one path the first one
 * applies, and the other file is a problem.
 */
export async function loadRules<E>(
  paths: readonly string[],
  target: RuleTarget<E>,
  options: LoadOptions<E> = {},
): Promise<RuleSet<E>> {
  const read = options.read ?? ((path) => readFile(path, "utf8"));
  const shared = withSharedAccessors(target);
  const problems: RuleProblem[] = [];
  const layers: CompiledFile<E>[][] = [];
  for (const path of paths) {
    const layer: CompiledFile<E>[] = [];
    const files = await ruleFiles(path, problems);
    for (const kept of files === undefined ? previousBelow(path, options.previous, problems) : []) layer.push(kept);
    for (const file of files ?? []) {
      const compiled = (await loadFile(file, shared, read, problems)) ?? previousOf(file, options.previous, problems);
      if (compiled !== undefined && isFirst(compiled.rule, layer, problems)) layer.push(compiled);
    }
    layers.push(layer);
  }
  // Where all events are of one kind, what asks for another is not live.
  return new RuleSet(applyOverrides(layers), problems, target.onlyValues === undefined ? shared.resolve : undefined);
}

/**
 * Lets all rules read a field by the same accessor, which reads it once for each event: hundreds of rules ask for the
 * same few fields. An event must not change while rules are evaluated on it.
 */
function withSharedAccessors<E>(target: RuleTarget<E>): RuleTarget<E> {
  const accessors = new Map<string, Accessor<E> | undefined>();
  const resolve: FieldResolver<E> = (field) => {
    if (!accessors.has(field)) {
      const accessor = target.resolve(field);
      accessors.set(field, accessor && readOnce(accessor));
    }
    return accessors.get(field);
  };
  return { ...target, resolve };
}

function readOnce<E>(accessor: Accessor<E>): Accessor<E> {
  let latest: E | undefined;
  let values: Values;
  return (event) => {
    if (event !== latest) {
      values = accessor(event);
      latest = event;
    }
    return values;
  };
}

/** @returns undefined where nobody can tell, which is a problem */
async function ruleFiles(path: string, problems: RuleProblem[]): Promise<string[] | undefined> {
  try {
    if (!(await stat(path)).isDirectory()) return [path];
    const entries = await readdir(path, { recursive: true, withFileTypes: true });
    const files = entries.filter(
      (entry) => entry.name.endsWith(".toml") && !entry.name.startsWith(".") && !entry.isDirectory(),
    );
    // A pipe would keep whoever reads it waiting.
    const others = files.filter((entry) => !entry.isFile() && !entry.isSymbolicLink());
    for (const other of others) {
      problems.push({ path: join(other.parentPath, other.name), message: "is not a regular file" });
    }
    return files
      .filter((entry) => !others.includes(entry))
      .map((entry) => join(entry.parentPath, entry.name))
      .sort();
  } catch (error) {
    problems.push({ path, message: unreadable(error) });
    return undefined;
  }
}

async function loadFile<E>(
  path: string,
  target: RuleTarget<E>,
  read: (path: string) => Promise<string>,
  problems: RuleProblem[],
): Promise<CompiledFile<E> | undefined> {
  try {
    const { size } = await stat(path);
    if (size > MAX_FILE_SIZE) {
      problems.push({ path, message: `has ${size} bytes, more than the ${MAX_FILE_SIZE} that a rule file may have` });
      return undefined;
    }
    return compileFile(await read(path), path, target);
  } catch (error) {
    if (error instanceof RuleFileError) problems.push(...error.problems);
    else problems.push({ path, message: unreadable(error) });
    return undefined;
  }
}

/** @throws {RuleFileError} */
function compileFile<E>(toml: string, path: string, target: RuleTarget<E>): CompiledFile<E> {
  const file = parseRuleFile(toml, path);
  try {
    return { rule: file.rule, verdict: judge(file.rule, target) };
  } catch (error) {
    if (!(error instanceof QueryError)) throw error;
    throw new RuleFileError([queryProblem(file, error)]);
  }
}

function previousOf<E>(
  path: string,
  previous: RuleSet<E> | undefined,
  problems: RuleProblem[],
): CompiledFile<E> | undefined {
  const kept = previous?.rules.find(({ rule }) => rule.path === path);
  if (kept === undefined) return undefined;
  const { id, name } = kept.rule;
  problems.push({ path, message: `its rule stays as it was: ${name} (${id})` });
  return again(kept);
}

/** Where two paths have the same file, one of its rules overrides the other: they must be two. */
function again<E>({ rule, verdict }: CompiledFile<E>): CompiledFile<E> {
  return { rule: { ...rule }, verdict };
}

/** The rules so far of a file or folder that is gone, or that must not be read any more. */
function previousBelow<E>(
  path: string,
  previous: RuleSet<E> | undefined,
  problems: RuleProblem[],
): readonly CompiledFile<E>[] {
  const kept = new Map<string, CompiledFile<E>>();
  for (const loaded of previous?.rules ?? []) {
    // An id stands once for a path, even where another path has the same file.
    const isBelow = loaded.rule.path === path || !relative(path, loaded.rule.path).startsWith("..");
    if (isBelow) kept.set(loaded.rule.id, again(loaded));
  }
  const [first] = kept.values();
  if (first === undefined) return [];
  const { id, name } = first.rule;
  const message =
    kept.size === 1 ? `its rule stays as it was: ${name} (${id})` : `its ${kept.size} rules stay as they were`;
  problems.push({ path, message });
  return [...kept.values()];
}

function isFirst<E>(rule: Rule, layer: readonly CompiledFile<E>[], problems: RuleProblem[]): boolean {
  const first = layer.find((other) => other.rule.id === rule.id);
  if (first === undefined) return true;
  const message = `its rule.rule_id ${rule.id} is that of ${first.rule.path} already`;
  problems.push({ path: rule.path, message, rule });
  return false;
}

function applyOverrides<E>(layers: readonly (readonly CompiledFile<E>[])[]): LoadedRule<E>[] {
  const applied = new Map<string, Rule>();
  for (const { rule } of layers.flat()) applied.set(rule.id, rule);
  return layers.flat().map(({ rule, verdict }): LoadedRule<E> => {
    const winner = applied.get(rule.id);
    return { rule, verdict, overriddenBy: winner === rule ? undefined : winner?.path };
  });
}

function unreadable(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const code = "code" in error ? error.code : undefined;
  if (code === "ENOENT") return "there is no such file or folder";
  if (code === "EACCES") return "must not be read by this user";
  return error.message;
}
