import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { createServer as createSecureServer } from "node:https";
import type { AddressInfo, Server } from "node:net";
import type { TlsOptions } from "node:tls";
import { setTimeout as delay } from "node:timers/promises";
import { gunzipSync } from "node:zlib";

import type { LogBatch, LogReader } from "../../src/log/reader.js";
import { USUAL } from "../support/patience.js";

/** A request as a test server got it, its body unpacked. */
export interface Received {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
}

export interface Reply {
  readonly status: number;
  readonly headers?: Record<string, string>;
  readonly body?: unknown;
}

/** What a server does with a request: answers, or cuts the connection. */
export type Handler = (request: Received) => Reply | "cut" | Promise<Reply | "cut">;

/** A server of this process. */
export class TestServer {
  readonly received: Received[] = [];
  handler: Handler;
  readonly #server: Server;
  readonly #scheme: string;

  private constructor(handler: Handler, tls: TlsOptions | undefined) {
    this.handler = handler;
    const listener = (request: IncomingMessage, response: ServerResponse): void => {
      this.#answer(request, response).catch((error: unknown) => {
        response.destroy(error instanceof Error ? error : new Error(String(error)));
      });
    };
    this.#server = tls === undefined ? createServer(listener) : createSecureServer(tls, listener);
    this.#scheme = tls === undefined ? "http" : "https";
  }

  static async start(handler: Handler, tls?: TlsOptions): Promise<TestServer> {
    const server = new TestServer(handler, tls);
    server.#server.listen(0, "127.0.0.1");
    await once(server.#server, "listening");
    return server;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get url(): string {
    return `${this.#scheme}://127.0.0.1:${this.port}`;
  }

  async stop(): Promise<void> {
    this.#server.close();
    if ("closeAllConnections" in this.#server) (this.#server as ReturnType<typeof createServer>).closeAllConnections();
    await once(this.#server, "close");
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const raw = Buffer.concat(chunks);
    const body = (request.headers["content-encoding"] === "gzip" ? gunzipSync(raw) : raw).toString();
    const received = { method: request.method ?? "", path: request.url ?? "", headers: request.headers, body };
    this.received.push(received);
    const reply = await this.handler(received);
    if (reply === "cut") {
      request.socket.destroy();
      return;
    }
    response.writeHead(reply.status, reply.headers);
    const text = typeof reply.body === "string" ? reply.body : JSON.stringify(reply.body ?? {});
    response.end(reply.status === 204 ? undefined : text);
  }
}

/** A log in memory. */
export class FakeReader implements LogReader {
  readonly committed: string[] = [];
  /** Thrown by the next call of `commit`. */
  commitError: Error | undefined;
  readonly #lines: Buffer[] = [];
  readonly #maybeSent: boolean;
  #wake: (() => void) | undefined;

  /** @param maybeSent of the lines that are there from the beginning */
  constructor(lines: readonly string[] = [], maybeSent = false) {
    this.#lines.push(...lines.map((line) => Buffer.from(line)));
    this.#maybeSent = maybeSent;
  }

  append(...lines: readonly string[]): void {
    this.#lines.push(...lines.map((line) => Buffer.from(line)));
    this.#wake?.();
  }

  async next(limits: { lines: number; bytes: number }, signal: AbortSignal): Promise<LogBatch | undefined> {
    while (this.#lines.length === 0 && !signal.aborted) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
        signal.addEventListener("abort", () => resolve(), { once: true });
      });
    }
    if (signal.aborted) return undefined;
    const lines = this.#lines.slice(0, limits.lines);
    return { lines, bytes: lines.reduce((sum, line) => sum + line.length, 0), maybeSent: this.#maybeSent };
  }

  commit({ lines }: LogBatch): Promise<void> {
    const error = this.commitError;
    this.commitError = undefined;
    if (error !== undefined) return Promise.reject(error);
    this.committed.push(...this.#lines.splice(0, lines.length).map(String));
    return Promise.resolve();
  }

  get waiting(): LogReader["waiting"] {
    return { lines: this.#lines.length, bytes: 0, oldest: undefined };
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

export function alertLine(id: string, message = ""): string {
  const event = { kind: "alert", id: `event-${id}` };
  const timestamp = "2026-01-02T03:04:05.678901234Z";
  return JSON.stringify({
    "@timestamp": timestamp,
    message,
    event,
    host: { name: "h1" },
    wallwatch: { alert: { id } },
  });
}

export function healthLine(id: string): string {
  return JSON.stringify({
    "@timestamp": "2026-01-02T03:04:05Z",
    event: { kind: "event", dataset: "wallwatch.health", id },
  });
}

export async function until(what: string, condition: () => boolean): Promise<void> {
  const deadline = performance.now() + USUAL;
  while (!condition()) {
    if (performance.now() > deadline) throw new Error(`waited in vain: ${what}`);
    await delay(2);
  }
}
