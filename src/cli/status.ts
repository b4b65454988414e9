import { DEFAULT_CONFIG_PATH } from "../config/load.js";
import { printable } from "../printable.js";
import { parseSnapshot } from "../status/parse.js";
import { askAgent, socketPath } from "./agent_socket.js";
import type { Command } from "./command.js";
import { CommandError, EXIT } from "./exit.js";
import { parseOptions } from "./options.js";
import { statusText } from "./status_text.js";
import { wantsColour } from "./style.js";

const help = `Usage: wallwatch status [OPTION]...

Says how the wallwatch that runs on this host does: lane, events, rules, alerts, losses, log, sinks, memory, last canary.

  --config FILE   configuration, for status.path (default: ${DEFAULT_CONFIG_PATH}, if it is there)
  --socket PATH   the socket at which it answers, in place of status.path
  --json          one JSON object; times in ms since 1970, sizes in bytes

Exit codes: ${EXIT.ok} healthy, ${EXIT.failure} degraded (the reasons stand in the answer), ${EXIT.notRunning} not running, ${EXIT.usage} usage,
${EXIT.privilege} this user may not ask, ${EXIT.configuration} bad configuration.
`;

export const command: Command = { help, run: status };

async function status(args: readonly string[]): Promise<number> {
  const { values } = parseOptions("status", args, {
    options: { config: { type: "string" }, socket: { type: "string" }, json: { type: "boolean" } },
  });
  const path = values.socket ?? (await socketPath(values.config));
  const answer = await askAgent(path, "status");
  const snapshot = parseSnapshot(answer);
  if (snapshot === undefined) {
    throw new CommandError(
      EXIT.failure,
      `What answers at ${path} is no wallwatch of this version${"error" in answer ? `: ${printable(String(answer["error"]))}` : ""}.`,
      'Start it again ("systemctl restart wallwatch"), or name its socket with --socket.',
    );
  }
  const text = values.json === true ? JSON.stringify(snapshot) : statusText(snapshot, wantsColour(process.stdout));
  process.stdout.write(`${text}\n`);
  return snapshot.healthy ? EXIT.ok : EXIT.failure;
}
