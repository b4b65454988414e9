import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import { gunzipSync } from "node:zlib";

interface Received {
  readonly event?: { readonly kind?: string };
  readonly wallwatch?: { readonly alert?: { readonly id?: string } };
}

/**
 * A server on the host that the service in the machine delivers to, and that the tests there ask what has come:
 * - `POST /`: documents, as a sink of type http sends them
 * - `GET /alerts`: how often each alert has arrived, by its id
 * - `PUT /away`, `PUT /back`: from then on it takes nothing (503), or takes it again
 */
export class HostSink {
  readonly #server: Server;
  readonly #arrived = new Map<string, number>();
  #isAway = false;

  private constructor() {
    this.#server = createServer((request, response) => {
      this.#serve(request, response).catch((error: unknown) => {
        console.error("the sink on the host:", error);
        response.writeHead(500).end();
      });
    });
  }

  /** Resolves once it listens, on a port of 127.0.0.1. */
  static async open(): Promise<HostSink> {
    const sink = new HostSink();
    sink.#server.listen(0, "127.0.0.1");
    await once(sink.#server, "listening");
    return sink;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method, url } = request;
    const sent = await buffer(request);
    if (method === "PUT") this.#isAway = url === "/away";
    else if (method === "POST" && this.#isAway) response.statusCode = 503;
    else if (method === "POST") {
      const text = request.headers["content-encoding"] === "gzip" ? gunzipSync(sent) : sent;
      this.#take(JSON.parse(text.toString("utf8")) as readonly Received[]);
    }
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify(Object.fromEntries(this.#arrived)));
  }

  #take(documents: readonly Received[]): void {
    for (const { event, wallwatch } of documents) {
      if (event?.kind !== "alert") continue;
      const id = wallwatch?.alert?.id ?? "an alert without an id";
      this.#arrived.set(id, (this.#arrived.get(id) ?? 0) + 1);
    }
  }
}
