import { DEFAULT_CONFIG_PATH } from "../config/load.js";
import type { Snapshot } from "../status/snapshot.js";
import { askAgent, socketPath } from "./agent_socket.js";
import type { Command } from "./command.js";
import { EXIT } from "./exit.js";
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
  const snapshot = (await askAgent(values.socket ?? (await socketPath(values.config)), "status")) as Snapshot;
  const text = values.json === true ? JSON.stringify(snapshot) : statusText(snapshot, wantsColour(process.stdout));
  process.stdout.write(`${text}\n`);
  return snapshot.healthy ? EXIT.ok : EXIT.failure;
}
