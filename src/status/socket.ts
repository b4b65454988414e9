import { createServer, type Server, type Socket } from "node:net";
import { setTimeout as delay } from "node:timers/promises";

import { hasCode } from "../errno.js";
import { AnswerError, ask } from "./client.js";
import { listenAtPath } from "./socket_file.js";

/** Bytes of a request. */
const LONGEST_REQUEST = 1024;
/** ms that a connection may take. */
const PATIENCE = 5000;
const MOST_CONNECTIONS = 8;
/** Looks whether another process answers, where it hangs up on one; and ms between them. */
const TRIES = 5;
const TRY_AGAIN = 100;

/** What becomes of a request: an object that is sent as one line of JSON. A refusal is one with `error`. */
export type Answer = (request: string) => object | Promise<object>;

/** Another process answers at this path. */
export class SocketInUseError extends Error {
  override readonly name = "SocketInUseError";
}

/**
 * A socket at a path, by which only root and the group of this process can ask: one line in, one line of JSON out. A file
 * that an earlier process left there is replaced.
 */
export class StatusSocket {
  readonly #server: Server;
  readonly #leave: () => Promise<void>;

  private constructor(server: Server, leave: () => Promise<void>) {
    this.#server = server;
    this.#leave = leave;
  }

  /**
   * @throws {SocketInUseError}
   * @throws what the system says, as where the folder can neither be found nor made
   */
  static async open(path: string, answer: Answer): Promise<StatusSocket> {
    if (await isAnswered(path)) throw new SocketInUseError(`another process answers at ${path}`);
    const server = createServer({ allowHalfOpen: true }, (socket) => serve(socket, answer));
    server.maxConnections = MOST_CONNECTIONS;
    const leave = await listenAtPath(server, path);
    server.unref();
    return new StatusSocket(server, leave);
  }

  /** Answers nobody any more, and takes the file away. */
  async close(): Promise<void> {
    this.#server.close();
    await this.#leave();
  }
}

async function isAnswered(path: string, tries = TRIES): Promise<boolean> {
  try {
    await ask(path, "ping", 1000);
    return true;
  } catch (error) {
    // What listens there is about to end: it closes what it has not accepted yet, or not read.
    if (tries > 1 && hasCode(error, "ECONNRESET", "EPIPE")) {
      await delay(TRY_AGAIN);
      return isAnswered(path, tries - 1);
    }
    // Another program's socket.
    if (error instanceof AnswerError) return true;
    if (hasCode(error, "ENOENT", "ECONNREFUSED", "ENOTSOCK", "EPROTOTYPE", "ETIMEDOUT")) return false;
    throw error;
  }
}

function serve(socket: Socket, answer: Answer): void {
  let request = "";
  socket.setEncoding("utf8");
  socket.setTimeout(PATIENCE, () => socket.destroy());
  // Whoever asked is gone.
  socket.on("error", () => socket.destroy());
  const reply = (): void => {
    const [line = ""] = request.split("\n");
    socket.removeAllListeners("data");
    socket.resume();
    Promise.resolve()
      .then(() => answer(line.trim()))
      .catch((error: unknown) => ({ error: error instanceof Error ? error.message : String(error) }))
      .then((object) => socket.end(`${JSON.stringify(object)}\n`))
      .catch(() => socket.destroy());
  };
  socket.on("data", (chunk: string) => {
    request += chunk;
    if (request.includes("\n")) reply();
    else if (request.length > LONGEST_REQUEST) socket.destroy();
  });
  socket.on("end", () => {
    if (!request.includes("\n")) socket.end();
  });
}
