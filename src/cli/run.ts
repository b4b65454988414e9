import { resolve } from "node:path";

import { Agent, LogOpenError, NoRulesError } from "../agent/agent.js";
import { DEFAULT_CONFIG_PATH } from "../config/load.js";
import type { Config } from "../config/schema.js";
import { Service } from "../service/service.js";
import type { Command } from "./command.js";
import { takeEarlySignals } from "./early_signals.js";
import { CommandError, EXIT } from "./exit.js";
import { readHostState } from "./host_state.js";
import { parseOptions, toLane } from "./options.js";
import { loadConfigOrRefuse, logRefusal, refusalOf, startRefusal } from "./refusal.js";
import { Reloader } from "./reloader.js";
import { Reporter } from "./report/reporter.js";

/** ms that a terminal or journal that does not read is given at the end. */
const LAST_WORDS = 1000;
const SEE_RULES = '"wallwatch rules" says what becomes of each rule file.';

const help = `Usage: wallwatch run [OPTION]...

Watches this host: every program that starts is held against the rules, and what matches is an alert in the log. On a
terminal each incident is also one line that counts. Ends at SIGTERM or SIGINT, or when its terminal hangs up, and then when all
that was captured is on disk. At SIGHUP it reads rules, exceptions, redaction, cap, tags and labels again ("wallwatch reload").

  --config FILE   configuration (default: ${DEFAULT_CONFIG_PATH}, if it is there)
  --lane LANE     auto, kernel or proc, in place of capture.lane
  --log FILE      alert log, in place of log.path

Exit codes: 0 stopped, ${EXIT.usage} usage, ${EXIT.unavailable} kernel or container cannot, ${EXIT.io} alerts could not be put on disk,
${EXIT.privilege} a privilege is missing, ${EXIT.configuration} bad configuration.
`;

export const command: Command = { help, run };

async function run(args: readonly string[]): Promise<number> {
  const config = await configOf(args);
  const state = readHostState();
  const refusal = refusalOf(state);
  if (refusal !== undefined) throw refusal;
  const reporter = new Reporter(config);
  try {
    return await watch(config, reporter, () => configOf(args));
  } catch (error) {
    if (error instanceof LogOpenError) throw logRefusal(error.cause, config.log.path) ?? error;
    if (error instanceof NoRulesError) throw new CommandError(EXIT.configuration, error.message, SEE_RULES);
    throw startRefusal(error, state) ?? error;
  } finally {
    await reporter.close(LAST_WORDS);
  }
}

async function watch(config: Config, reporter: Reporter, read: () => Promise<Config>): Promise<number> {
  const stopping = new AbortController();
  const service = new Service(config, reporter.diagnostics);
  const stop = (signal: NodeJS.Signals): void => {
    // A second one changes nothing: npm hands on the SIGINT that the terminal has sent to its child already.
    if (stopping.signal.aborted) return;
    service.stopping(signal);
    stopping.abort();
  };
  for (const signal of ["SIGTERM", "SIGINT"] as const) process.on(signal, stop);
  const reloader = new Reloader({
    read,
    reporter,
    stop: () => stop("SIGHUP"),
    begin: () => service.reloading(),
    end: () => service.reloaded(),
  });
  process.on("SIGHUP", () => reloader.hangUp());
  if (takeEarlySignals()) reloader.hangUp();
  try {
    const agent = await Agent.start(config, service.listen(reporter.events));
    reporter.watching(agent);
    service.started(agent);
    reloader.started(agent);
    const left = await agent.run(stopping.signal);
    reporter.stopped(agent, left);
    return left.lines > 0 ? EXIT.io : EXIT.ok;
  } finally {
    reloader.close();
    await service.close();
  }
}

/** The configuration with the options on top of it. */
async function configOf(args: readonly string[]): Promise<Config> {
  const { values } = parseOptions("run", args, {
    options: { config: { type: "string" }, lane: { type: "string" }, log: { type: "string" } },
  });
  const { config } = await loadConfigOrRefuse(values.config);
  const { lane = config.capture.lane, log = config.log.path } = values;
  return { ...config, capture: { ...config.capture, lane: toLane(lane) }, log: { ...config.log, path: resolve(log) } };
}
