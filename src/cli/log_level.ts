import { DEFAULT_CONFIG_PATH } from "../config/load.js";
import { LEVELS } from "../config/schema.js";
import { printable } from "../printable.js";
import { askAgent, socketPath } from "./agent_socket.js";
import type { Command } from "./command.js";
import { CommandError, EXIT } from "./exit.js";
import { parseOptions } from "./options.js";

const help = `Usage: wallwatch log-level [OPTION]... LEVEL

Has the wallwatch that runs on this host say more or less of its own work from now on, until it is started or its configuration
is read again: LEVEL is ${LEVELS.join(", ")}.

  --config FILE   configuration, for status.path (default: ${DEFAULT_CONFIG_PATH}, if it is there)
  --socket PATH   the socket at which it answers, in place of status.path

Exit codes: ${EXIT.ok} done, ${EXIT.notRunning} not running, ${EXIT.usage} usage, ${EXIT.privilege} this user may not, ${EXIT.configuration} bad configuration.
`;

export const command: Command = { help, run: setLevel };

async function setLevel(args: readonly string[]): Promise<number> {
  const { values, positionals } = parseOptions("log-level", args, {
    options: { config: { type: "string" }, socket: { type: "string" } },
    allowPositionals: true,
  });
  const [level, ...others] = positionals;
  if (LEVELS.every((known) => known !== level) || others.length > 0) {
    throw new CommandError(EXIT.usage, `A level is one of ${LEVELS.join(", ")}.`, 'See "wallwatch log-level --help".');
  }
  const answer = await askAgent(values.socket ?? (await socketPath(values.config)), `log-level ${level}`);
  if ("error" in answer) throw new CommandError(EXIT.failure, `It refuses: ${printable(String(answer["error"]))}.`);
  return EXIT.ok;
}
