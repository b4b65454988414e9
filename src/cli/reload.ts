import { DEFAULT_CONFIG_PATH } from "../config/load.js";
import type { Config } from "../config/schema.js";
import { textOf, valuesOf } from "../detect/document.js";
import { readRule, rulePaths } from "../detect/live_rules.js";
import { ANY_HOST } from "../detect/live_target.js";
import { hasCode } from "../errno.js";
import { RELOAD_REFUSED } from "../health/reload.js";
import { LogLock } from "../log/lock.js";
import type { JsonDocument } from "../rules/document.js";
import { loadRules } from "../rules/load.js";
import { parseSnapshot } from "../status/parse.js";
import type { Snapshot } from "../status/snapshot.js";
import { askAgent } from "./agent_socket.js";
import type { Command } from "./command.js";
import { CommandError, EXIT } from "./exit.js";
import { LogAnswers } from "./log_answers.js";
import { parseOptions } from "./options.js";
import { loadConfigOrRefuse } from "./refusal.js";

/** ms in which the running one is to have read everything again. */
const PATIENCE = 30_000;

const AS_WALLWATCH = "Run it as root (sudo), or as the user that wallwatch runs as.";

const help = `Usage: wallwatch reload [OPTION]...

Has a running "wallwatch run" read rules, exceptions, redaction, cap, tags and labels again, and says what came of it. No exec
goes by unseen. A configuration that is wrong is not taken over, and the one before stays in force; a rule file that broke keeps
the rule that it had. What else is changed (capture, log, sinks and so on) is named; it takes effect only when wallwatch is
started again.

  --config FILE   configuration of the running one (default: ${DEFAULT_CONFIG_PATH}, if it is there)
  --log FILE      its alert log, where it cannot be asked for it at status.path

Exit codes: ${EXIT.ok} all is taken over (an exception that has expired is warned of), ${EXIT.failure} a rule file is broken, or nobody runs or answers, ${EXIT.usage} usage,
${EXIT.privilege} the running one or its log is for others than this user, ${EXIT.configuration} bad configuration.
`;

export const command: Command = { help, run: reload };

async function reload(args: readonly string[]): Promise<number> {
  const { values } = parseOptions("reload", args, { options: { config: { type: "string" }, log: { type: "string" } } });
  // What is wrong is better told here, before anybody else reads it.
  const { config } = await loadConfigOrRefuse(values.config);
  const { live } = await loadRules(await rulePaths(config.rules), ANY_HOST, { read: readRule });
  if (live.length === 0) {
    throw new CommandError(EXIT.configuration, "No rule would be left to watch by.", '"wallwatch rules" says why.');
  }
  const path = values.log ?? (await logOfRunning(config)) ?? config.log.path;
  const pid = await readable(path, () => new LogLock(path).holder());
  if (pid === undefined) {
    throw new CommandError(
      EXIT.failure,
      `No wallwatch writes ${path}, so none is to be told.`,
      "Give the configuration that it was started with (--config), or its log (--log).",
    );
  }
  const answers = await readable(path, () => LogAnswers.follow(path, pid));
  try {
    hangUp(pid);
    return tell(await answers.next(PATIENCE, () => isThere(pid)), pid);
  } finally {
    await answers.close();
  }
}

/**
 * Where the one that runs writes, whatever the configuration says by now; undefined where it cannot be asked.
 *
 * @throws {CommandError} where another one writes the log of the configuration: either may be meant
 */
async function logOfRunning({ status, log }: Config): Promise<string | undefined> {
  const running = await snapshotOfRunning(status.path);
  if (running === undefined) return undefined;
  const writer = await writerOf(log.path);
  if (writer === undefined || writer === running.pid) return running.log.path;
  throw new CommandError(
    EXIT.failure,
    `Two run: process ${running.pid} answers at ${status.path}, and process ${writer} writes ${log.path}.`,
    `Say which is meant by its log: --log ${running.log.path}, or --log ${log.path}.`,
  );
}

async function snapshotOfRunning(socket: string): Promise<Snapshot | undefined> {
  try {
    return parseSnapshot(await askAgent(socket, "status"));
  } catch (error) {
    if (error instanceof CommandError) return undefined;
    throw error;
  }
}

/** The pid of who writes a log; undefined also where this user may not see that, nor tell anybody there. */
async function writerOf(log: string): Promise<number | undefined> {
  try {
    return await new LogLock(log).holder();
  } catch (error) {
    if (hasCode(error, "EACCES")) return undefined;
    throw error;
  }
}

/** What `read` gives of the log. @throws {CommandError} where this user may not read it */
async function readable<T>(log: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (!hasCode(error, "EACCES", "EPERM")) throw error;
    throw new CommandError(EXIT.privilege, `This user may not read the alert log ${log}.`, AS_WALLWATCH, {
      cause: error,
    });
  }
}

function hangUp(pid: number): void {
  try {
    process.kill(pid, "SIGHUP");
  } catch (error) {
    if (hasCode(error, "ESRCH")) throw endedBefore(pid);
    if (!hasCode(error, "EPERM")) throw error;
    throw new CommandError(EXIT.privilege, `Process ${pid} belongs to somebody else and cannot be told.`, AS_WALLWATCH);
  }
}

function isThere(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    if (hasCode(error, "ESRCH")) return false;
    throw error;
  }
}

function endedBefore(pid: number): CommandError {
  return new CommandError(
    EXIT.failure,
    `Process ${pid} ended before it had read anything again.`,
    'It reads the configuration when it is started ("systemctl start wallwatch").',
  );
}

function tell(answer: JsonDocument | undefined, pid: number): number {
  if (answer === undefined && !isThere(pid)) throw endedBefore(pid);
  if (answer === undefined) {
    throw new CommandError(
      EXIT.failure,
      `Process ${pid} was told, and within ${PATIENCE / 1000} seconds nothing of it stood in its log.`,
      'Its standard error says what it did ("journalctl -u wallwatch").',
    );
  }
  const list = (field: string): string[] => valuesOf(answer, field).map(String);
  const problems = list("wallwatch.reload.problems");
  if (textOf(answer, "event.action") === RELOAD_REFUSED) {
    throw new CommandError(EXIT.configuration, `Process ${pid} keeps its configuration. ${problems.join("\n")}`);
  }
  process.stdout.write(`process ${pid}: ${textOf(answer, "message") ?? ""}\n`);
  const restart = list("wallwatch.reload.restart");
  if (restart.length > 0) process.stdout.write(`only with a restart: ${restart.join(", ")}\n`);
  for (const text of [...problems, ...list("wallwatch.reload.warnings")]) process.stderr.write(`wallwatch: ${text}\n`);
  return problems.length > 0 ? EXIT.failure : EXIT.ok;
}
