import { ConfigError } from "../../config/error.js";
import { DEFAULT_CONFIG_PATH, loadConfig, parseConfig } from "../../config/load.js";
import type { Config } from "../../config/schema.js";
import { exceptionWarnings, isExpired } from "../../detect/exceptions.js";
import { readRule, rulePaths } from "../../detect/live_rules.js";
import { ANY_HOST } from "../../detect/live_target.js";
import { environmentWarnings } from "../../rules/environment.js";
import { loadRules } from "../../rules/load.js";
import { problemText } from "../../rules/problem.js";
import type { RuleSet } from "../../rules/ruleset.js";
import { EXIT } from "../exit.js";
import { failed, ok, warning, type CheckResult } from "./result.js";

/** The configuration and what it says; where it is wrong, the defaults, so that the rest can be looked at. */
export async function configCheck(path: string | undefined): Promise<{ config: Config; result: CheckResult }> {
  try {
    const loaded = await loadConfig(path);
    const detail = loaded.path ?? `all at its defaults: there is no ${DEFAULT_CONFIG_PATH}`;
    return { config: loaded.config, result: ok("configuration", detail) };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const result = failed(
      "configuration",
      EXIT.configuration,
      error.message,
      "Mend it; docs/configuration.md has every key.",
    );
    return { config: parseConfig("", ""), result };
  }
}

/** What becomes of the rules, and of the exceptions from them. */
export async function rulesChecks(config: Config): Promise<CheckResult[]> {
  const set = await loadRules(await rulePaths(config.rules), ANY_HOST, { read: readRule });
  return [rulesCheck(set), ...environmentCheck(config, set), ...exceptionsCheck(config, set)];
}

function environmentCheck({ capture }: Config, { live }: RuleSet<unknown>): CheckResult[] {
  const warnings = environmentWarnings(
    live.map(({ rule }) => rule),
    capture.environment,
  );
  if (warnings.length === 0) return [];
  const cure = "Add those that you want to capture.environment, beside what stands there.";
  return [warning("environment", warnings.join("\n"), cure)];
}

function exceptionsCheck({ exceptions }: Config, { rules }: RuleSet<unknown>): CheckResult[] {
  if (exceptions.length === 0) return [];
  const name = "exceptions";
  const now = Date.now();
  const warnings = exceptionWarnings(
    exceptions,
    rules.map(({ rule }) => rule),
    now,
  );
  const applying = exceptions.filter((exception) => !isExpired(exception, now));
  const forEver = applying.filter(({ expires }) => expires === undefined).length;
  const count = `${applying.length} of ${exceptions.length} apply${forEver > 0 ? `, ${forEver} of them without an end` : ""}`;
  if (warnings.length === 0) return [ok(name, count)];
  return [warning(name, [`${count};`, ...warnings].join("\n"), "Remove what is over, and mend what names no rule.")];
}

function rulesCheck({ live, rules, problems }: RuleSet<unknown>): CheckResult {
  const name = "rules";
  const count = `${live.length} live of ${rules.length}`;
  if (problems.length > 0) {
    const exitCode = live.length > 0 ? EXIT.failure : EXIT.configuration;
    return failed(
      name,
      exitCode,
      [`${count}; not loaded:`, ...problems.map(problemText)].join("\n"),
      "Mend or remove what is named.",
    );
  }
  if (live.length > 0) return ok(name, count);
  return failed(name, EXIT.configuration, "none is live: watching would be in vain", '"wallwatch rules" says why.');
}
