import { createServer, type Server } from "node:http";

import { listenAtPath, listening } from "../status/socket_file.js";
import type { MetricsAddress } from "./address.js";
import { CONTENT_TYPE } from "./exposition.js";

/** ms that a request may take to arrive. */
const PATIENCE = 5000;
const MOST_CONNECTIONS = 16;
const LONGEST_HEADERS = 8192;

/** Serves one text at /metrics, by HTTP. */
export class MetricsServer {
  readonly #server: Server;
  readonly #leave: () => Promise<void>;

  private constructor(server: Server, leave: () => Promise<void>) {
    this.#server = server;
    this.#leave = leave;
  }

  /** @throws what the system says, such as EADDRINUSE */
  static async open(address: MetricsAddress, text: () => string): Promise<MetricsServer> {
    const options = { headersTimeout: PATIENCE, requestTimeout: PATIENCE, maxHeaderSize: LONGEST_HEADERS };
    const server = createServer(options, (request, response) => {
      const { method = "", url = "" } = request;
      request.resume();
      response.setHeader("X-Content-Type-Options", "nosniff");
      if (url.split("?")[0] !== "/metrics") {
        response.writeHead(404).end("Metrics are at /metrics.\n");
      } else if (method !== "GET" && method !== "HEAD") {
        response.writeHead(405, { Allow: "GET, HEAD" }).end();
      } else {
        response.writeHead(200, { "Content-Type": CONTENT_TYPE }).end(text());
      }
    });
    server.maxConnections = MOST_CONNECTIONS;
    let leave = (): Promise<void> => Promise.resolve();
    if ("path" in address) {
      leave = await listenAtPath(server, address.path);
    } else {
      await listening(server, (done) => server.listen(address.port, address.host, done));
    }
    server.unref();
    return new MetricsServer(server, leave);
  }

  /** The port that it serves at; undefined at a path. */
  get port(): number | undefined {
    const address = this.#server.address();
    return typeof address === "object" ? address?.port : undefined;
  }

  async close(): Promise<void> {
    this.#server.close();
    this.#server.closeAllConnections();
    await this.#leave();
  }
}
