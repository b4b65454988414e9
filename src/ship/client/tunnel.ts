import { request } from "node:http";
import { Agent, type AgentOptions } from "node:https";
import type { Duplex } from "node:stream";
import { connect, type ConnectionOptions } from "node:tls";

import type { Proxy } from "./proxy.js";

/** The proxy did not open the way. */
export class TunnelError extends Error {
  override readonly name = "TunnelError";

  constructor(
    message: string,
    readonly status: number,
  ) {
    super(message);
  }
}

type Done = (error: Error | null, socket?: Duplex) => void;

/**
 * An agent for https whose connections go through an HTTP proxy (CONNECT, RFC 9110, 9.3.6). TLS is with the target itself: the proxy sees its name
 * and nothing else. A connection is handed over when the target's certificate has been verified.
 */
export class TunnelAgent extends Agent {
  readonly #proxy: Proxy;
  /** ms for proxy and handshake. */
  readonly #patience: number;

  constructor(options: AgentOptions, proxy: Proxy, patience: number) {
    super(options);
    this.#proxy = proxy;
    this.#patience = patience;
  }

  /** Called by node:http; the documented way to have connections of one's own. */
  override createConnection(options: ConnectionOptions, done: Done): undefined {
    const target = `${bracketed(options.host ?? "")}:${options.port ?? 443}`;
    const { host, port, authorization } = this.#proxy;
    const headers = { host: target, ...(authorization === undefined ? {} : { "proxy-authorization": authorization }) };
    const asking = request({ host, port, method: "CONNECT", path: target, headers, agent: false });
    asking.setTimeout(this.#patience, () => asking.destroy(new Error("the proxy does not answer")));
    asking.once("error", (error) => done(error));
    asking.once("response", (response) => {
      response.resume();
      done(new TunnelError(`the proxy answers ${response.statusCode ?? 0}`, response.statusCode ?? 0));
    });
    asking.once("connect", ({ statusCode = 0 }, socket) => {
      if (statusCode !== 200) {
        socket.destroy();
        done(new TunnelError(`the proxy answers ${statusCode} to CONNECT`, statusCode));
        return;
      }
      socket.setTimeout(0);
      const secure = connect({ ...options, socket });
      secure.setTimeout(this.#patience, () => secure.destroy(new Error("the TLS handshake takes too long")));
      secure.once("error", done);
      secure.once("secureConnect", () => {
        secure.setTimeout(0);
        secure.off("error", done);
        done(null, secure);
      });
    });
    asking.end();
    return undefined;
  }
}

function bracketed(host: string): string {
  return host.includes(":") ? `[${host}]` : host;
}
