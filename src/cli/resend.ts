import { DEFAULT_CONFIG_PATH } from "../config/load.js";
import { LogInUseError, LogLock } from "../log/lock.js";
import { deadLettersPath, resendingPath } from "../ship/dead_letters.js";
import { resend, type Resent } from "../ship/resend.js";
import type { Command } from "./command.js";
import { CommandError, EXIT } from "./exit.js";
import { parseOptions } from "./options.js";
import { loadConfigOrRefuse } from "./refusal.js";
import { sinksNamed } from "./setup.js";

const help = `Usage: wallwatch resend [OPTION]...

Sends the dead letters again: documents that a sink refused for good, which lie in dead-letters.ndjson beside the alert log. What
is refused once more, and what its sink does not take for now, stays there. The service may run meanwhile.

  --config FILE   configuration (default: ${DEFAULT_CONFIG_PATH}, if it is there)
  --sink NAME     only those of this sink

Exit codes: ${EXIT.ok} all of it arrived (or there was none), ${EXIT.failure} not all of it, ${EXIT.usage} usage, ${EXIT.io} the file cannot be read or written,
${EXIT.configuration} bad configuration.
`;

export const command: Command = { help, run };

async function run(args: readonly string[]): Promise<number> {
  const { values } = parseOptions("resend", args, {
    options: { config: { type: "string" }, sink: { type: "string" } },
  });
  const { config } = await loadConfigOrRefuse(values.config);
  sinksNamed(config.sinks, values.sink);
  const path = deadLettersPath(config.log.path);
  const lock = new LogLock(resendingPath(path));
  try {
    await lock.ensure();
    return report(await resend({ path, sinks: config.sinks, only: values.sink }));
  } catch (error) {
    if (error instanceof LogInUseError)
      throw new CommandError(EXIT.io, `Process ${error.pid} is sending them already.`);
    if (error instanceof Error && "syscall" in error) {
      throw new CommandError(EXIT.io, `The dead letters cannot be sent: ${error.message}.`);
    }
    throw error;
  } finally {
    await lock.release();
  }
}

function report(results: ReadonlyMap<string, Resent>): number {
  if (results.size === 0) process.stdout.write("There are no dead letters.\n");
  let isWhole = true;
  for (const [sink, { sent, refused, kept, reason }] of results) {
    const parts = [
      `${sent} sent`,
      ...(refused > 0 ? [`${refused} refused again`] : []),
      ...(kept > 0 ? [`${kept} kept`] : []),
    ];
    process.stdout.write(`${sink || "(damaged)"}: ${parts.join(", ")}${reason === undefined ? "" : `: ${reason}`}\n`);
    if (refused + kept > 0) isWhole = false;
  }
  return isWhole ? EXIT.ok : EXIT.failure;
}
