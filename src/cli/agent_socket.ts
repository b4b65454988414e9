import { hasCode } from "../errno.js";
import type { JsonObject } from "../json.js";
import { AnswerError, ask } from "../status/client.js";
import { CommandError, EXIT } from "./exit.js";
import { loadConfigOrRefuse } from "./refusal.js";

/** ms that a busy agent is given. */
const PATIENCE = 10_000;

/** Where the agent answers. @param config the file that was named */
export async function socketPath(config: string | undefined): Promise<string> {
  return (await loadConfigOrRefuse(config)).config.status.path;
}

/**
 * Asks the agent that runs here.
 *
 * @throws {CommandError} EXIT.notRunning where none answers, EXIT.privilege where this user may not ask
 */
export async function askAgent(path: string, request: string): Promise<JsonObject> {
  try {
    return await ask(path, request, PATIENCE);
  } catch (error) {
    const options = { cause: error };
    if (hasCode(error, "ENOENT", "ECONNREFUSED", "ENOTDIR")) {
      const cure = 'Start it with "systemctl start wallwatch", or by hand with "wallwatch run".';
      throw new CommandError(EXIT.notRunning, `No wallwatch runs here: nobody answers at ${path}.`, cure, options);
    }
    // One that is about to end, or has many who ask, hangs up.
    if (hasCode(error, "ETIMEDOUT", "ECONNRESET", "EPIPE")) {
      const cure = "It runs and does not get to it; try again, or see its journal.";
      throw new CommandError(EXIT.notRunning, `wallwatch does not answer at ${path}.`, cure, options);
    }
    if (hasCode(error, "EACCES", "EPERM")) {
      const cure = "Ask as root, or as a member of the socket's group.";
      throw new CommandError(EXIT.privilege, `This user may not ask the wallwatch at ${path}.`, cure, options);
    }
    if (error instanceof AnswerError) {
      const cure = "Is status.path the socket of another program?";
      throw new CommandError(EXIT.failure, `What answers at ${path} is no wallwatch: ${error.message}.`, cure, options);
    }
    throw error;
  }
}
