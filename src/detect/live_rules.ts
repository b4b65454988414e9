import { readFile, stat } from "node:fs/promises";

import type { Config } from "../config/schema.js";
import { readTrusted } from "../config/trusted.js";
import { hasCode } from "../errno.js";
import type { HostContext } from "../host/context.js";
import type { ExecEvent } from "../process/event.js";
import { loadRules } from "../rules/load.js";
import type { RuleSet } from "../rules/ruleset.js";
import { SHIPPED_RULES } from "../rules/shipped.js";
import { liveTarget } from "./live_target.js";

/** The folder that need not be there: it is where a package of rules or an administrator puts them. */
const OPTIONAL = "/etc/wallwatch/rules.d";

/**
 * Loads the rules that the configuration names, for execs of this host.
 *
 * @param previous the rules so far, where they are loaded again
 */
export async function loadLiveRules(
  config: Config["rules"],
  host: HostContext,
  previous?: RuleSet<ExecEvent>,
): Promise<RuleSet<ExecEvent>> {
  return loadRules(await rulePaths(config), liveTarget(host), {
    read: readRule,
    ...(previous === undefined ? {} : { previous }),
  });
}

/** The files and folders of rules that the configuration names, the shipped ones first. */
export async function rulePaths({ shipped, paths }: Config["rules"]): Promise<string[]> {
  const own: string[] = [];
  for (const path of paths) {
    if (path !== OPTIONAL || (await exists(path))) own.push(path);
  }
  return shipped ? [SHIPPED_RULES, ...own] : own;
}

/** The rules that come with the program belong to whom the program belongs to. Others must not be for anyone to write. */
export function readRule(path: string): Promise<string> {
  return path.startsWith(SHIPPED_RULES) ? readFile(path, "utf8") : readTrusted(path);
}

async function exists(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (error) {
    if (hasCode(error, "ENOENT")) return false;
    throw error;
  }
}
