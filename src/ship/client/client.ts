import { Agent as HttpAgent, request as httpRequest, type ClientRequest, type RequestOptions } from "node:http";
import type { SecureContextOptions } from "node:tls";

import { quoted, type Answer } from "./answer.js";
import { withoutEcho } from "./echo.js";
import { ProxyError, proxyFor, type Proxy, type ProxySetting } from "./proxy.js";
import { SecretError } from "./secret.js";
import { TlsFileError, type TlsSettings } from "./tls.js";

/** ms for a name, a connection and a handshake. */
const CONNECT_PATIENCE = 10_000;
/** Bytes of an answer. That to a bulk of 5000 items that are all refused has some 3 MiB. */
const LONGEST_ANSWER = 4 * 2 ** 20;
/** ms that a connection is kept for the next request; servers close theirs after a minute or later. */
const KEEP_ALIVE = 30_000;

export interface ClientRequestOptions {
  readonly method: "GET" | "POST" | "PUT" | "HEAD";
  /** Below the host's own path; "" for that path itself. With its query. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Buffer;
}

export interface ClientOptions {
  /** One or more that stand for the same service. */
  readonly hosts: readonly URL[];
  readonly tls: TlsSettings;
  readonly proxy: ProxySetting;
  /** ms for a whole request. */
  readonly timeout: number;
  /** The Authorization of each request, undefined for none. @throws {SecretError} */
  readonly authorization: () => Promise<string | undefined>;
  readonly headers: Readonly<Record<string, string>>;
}

/** What kept a request from being answered. */
export class TransportError extends Error {
  override readonly name = "TransportError";

  constructor(
    message: string,
    readonly code: string,
    /** Whether the server may have got the request, whole, and acted on it. */
    readonly mayHaveArrived: boolean,
    /** Whether waiting alone will not mend it: certificates, secrets, settings. */
    readonly isSetup: boolean,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/**
 * Requests to one service over HTTP/1.1 and kept connections, one at a time. Where a host cannot be reached the next one is tried;
 * a request that may have arrived is not sent again by this, for only the caller knows whether that would double something.
 *
 * TLS is verified always; redirects are not followed; answers are bounded; an error holds no secret.
 */
export class Client {
  readonly #options: ClientOptions;
  #current = 0;
  #agents = new Map<string, { readonly key: unknown; readonly agent: HttpAgent }>();

  constructor(options: ClientOptions) {
    this.#options = options;
  }

  /** The host that is asked next. */
  get host(): URL {
    const { hosts } = this.#options;
    const host = hosts[this.#current % hosts.length];
    if (host === undefined) throw new TypeError("a client needs a host");
    return host;
  }

  /**
   * @throws {TransportError} where there is no answer
   * @throws the signal's reason
   */
  async request(request: ClientRequestOptions, signal: AbortSignal): Promise<Answer> {
    const failures: TransportError[] = [];
    for (let tried = 0; tried < this.#options.hosts.length; tried++) {
      try {
        const answer = await this.#attempt(this.host, request, signal);
        // This one is not well: the next request goes to another.
        if (answer.status >= 502 && answer.status <= 504) this.#current++;
        return answer;
      } catch (error) {
        signal.throwIfAborted();
        const failure = transportError(error, this.host);
        this.#current++;
        failures.push(failure);
        if (failure.mayHaveArrived) break;
      }
    }
    throw summary(failures);
  }

  close(): void {
    for (const { agent } of this.#agents.values()) agent.destroy();
    this.#agents.clear();
  }

  async #attempt(host: URL, request: ClientRequestOptions, signal: AbortSignal): Promise<Answer> {
    const { headers, authorization: readAuthorization, proxy: setting, timeout } = this.#options;
    const authorization = await readAuthorization();
    const proxy = proxyFor(host, setting, process.env);
    const isSecure = host.protocol === "https:";
    const place = request.path === "" ? host.pathname : `${host.pathname.replace(/\/$/, "")}${request.path}`;
    const path = place.includes("?") ? place : `${place}${host.search}`;
    const options: RequestOptions = {
      method: request.method,
      hostname: host.hostname.replace(/^\[(.*)\]$/, "$1"),
      port: host.port === "" ? (isSecure ? 443 : 80) : host.port,
      path,
      headers: {
        ...headers,
        ...request.headers,
        host: host.host,
        ...(authorization === undefined ? {} : { authorization }),
        ...(isSecure || proxy?.authorization === undefined ? {} : { "proxy-authorization": proxy.authorization }),
        ...(request.body === undefined ? {} : { "content-length": String(request.body.length) }),
      },
    };
    const exchangeBody = async (made: ClientRequest, ready: Ready): Promise<Answer> => {
      const answer = await exchange(made, { ready, body: request.body, timeout, signal, proxy });
      return withoutEcho(answer, [authorization, proxy?.authorization]);
    };
    if (!isSecure) {
      if (proxy !== undefined) Object.assign(options, throughProxy(host, path, proxy));
      const agent = this.#agent(host.origin, "", () => new HttpAgent(agentOptions));
      return exchangeBody(httpRequest({ ...options, agent }), "connect");
    }
    const [tls, { request: httpsRequest, Agent: HttpsAgent }] = await Promise.all([
      this.#options.tls.read(),
      import("node:https"),
    ]);
    const secure = { ...agentOptions, ...tls, rejectUnauthorized: true };
    if (proxy !== undefined) {
      const { TunnelAgent } = await import("./tunnel.js");
      const agent = this.#agent(host.origin, tls, () => new TunnelAgent(secure, proxy, CONNECT_PATIENCE));
      return exchangeBody(httpsRequest({ ...options, agent }), undefined);
    }
    const agent = this.#agent(host.origin, tls, () => new HttpsAgent(secure));
    return exchangeBody(httpsRequest({ ...options, agent }), "secureConnect");
  }

  /** The agent of a host; another one once its certificates are others, so that no connection of before is used. */
  #agent(origin: string, key: SecureContextOptions | "", make: () => HttpAgent): HttpAgent {
    const known = this.#agents.get(origin);
    if (known?.key === key) return known.agent;
    known?.agent.destroy();
    const agent = make();
    this.#agents.set(origin, { key, agent });
    return agent;
  }
}

const agentOptions = { keepAlive: true, maxSockets: 1, timeout: KEEP_ALIVE } as const;

/** What a request over plain HTTP is made of where a proxy hands it on (RFC 9112, 3.2.2: the whole URL stands in it). */
function throughProxy(host: URL, path: string, { host: hostname, port }: Proxy): RequestOptions {
  return { hostname, port, path: `${host.origin}${path}` };
}

/** A failure, and whether the request may have got through. */
class Interrupted extends Error {
  constructor(
    readonly mayHaveArrived: boolean,
    readonly proxy: Proxy | undefined,
    options: ErrorOptions,
  ) {
    super("interrupted", options);
  }
}

/** The event of a new connection after which the request is written; undefined where connections come ready. */
type Ready = "connect" | "secureConnect" | undefined;

interface Exchange {
  readonly ready: Ready;
  readonly body: Buffer | undefined;
  /** ms */
  readonly timeout: number;
  readonly signal: AbortSignal;
  /** That it goes by. */
  readonly proxy: Proxy | undefined;
}

/** One request and its answer. */
function exchange(request: ClientRequest, { ready, body, timeout, signal, proxy }: Exchange): Promise<Answer> {
  let deadline: NodeJS.Timeout | undefined;
  const abort = (): void => {
    request.destroy(new Error("stopped"));
  };
  const answer = new Promise<Answer>((resolve, reject) => {
    let isWritten = false;
    const patience = setTimeout(
      () => request.destroy(new Error(`no connection within ${CONNECT_PATIENCE / 1000} s`)),
      CONNECT_PATIENCE,
    );
    deadline = setTimeout(() => request.destroy(new Error(`no answer within ${timeout / 1000} s`)), timeout);
    signal.addEventListener("abort", abort, { once: true });
    if (signal.aborted) abort();
    const written = (): void => {
      isWritten = true;
      clearTimeout(patience);
    };
    const fail = (cause: unknown): void => {
      clearTimeout(patience);
      reject(new Interrupted(isWritten, proxy, { cause }));
    };
    request.once("socket", (socket) => {
      if (request.reusedSocket || ready === undefined) written();
      else socket.once(ready, written);
    });
    request.on("error", fail);
    request.once("response", (response) => {
      const chunks: Buffer[] = [];
      let bytes = 0;
      response.on("data", (chunk: Buffer) => {
        bytes += chunk.length;
        chunks.push(chunk);
        if (bytes > LONGEST_ANSWER) response.destroy(new Error(`an answer longer than ${LONGEST_ANSWER} bytes`));
      });
      response.on("error", fail);
      response.once("close", () => {
        if (!response.complete) fail(new Error("the connection was closed within the answer"));
        const { statusCode: status = 0, headers } = response;
        resolve({ status, headers, body: Buffer.concat(chunks).toString() });
        // A server that refuses early (413) does not read the rest.
        if (!request.writableFinished) request.destroy();
      });
    });
    request.end(body);
  });
  return answer.finally(() => {
    clearTimeout(deadline);
    signal.removeEventListener("abort", abort);
  });
}

/** Codes of OpenSSL's verification, of node:tls and of a handshake that fails: waiting does not mend a certificate. */
const TLS_CODE =
  /^(?:CERT_|ERR_TLS_|ERR_SSL_|ERR_OSSL_|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_|HOSTNAME_MISMATCH|INVALID_CA|EPROTO$)/;

function transportError(error: unknown, host: URL): TransportError {
  const [cause, mayHaveArrived] = error instanceof Interrupted ? [error.cause, error.mayHaveArrived] : [error, false];
  const isSetting = cause instanceof SecretError || cause instanceof TlsFileError || cause instanceof ProxyError;
  if (isSetting) return new TransportError(cause.message, "ESETUP", false, true, { cause });
  // A fault of ours is not one of the network.
  if (!(cause instanceof Error) || cause instanceof TypeError) throw cause;
  const code = "code" in cause && typeof cause.code === "string" ? cause.code : "";
  const isTls = TLS_CODE.test(code);
  const isProxyRefusal = cause.name === "TunnelError" && "status" in cause && Number(cause.status) < 500;
  const proxy = error instanceof Interrupted ? error.proxy : undefined;
  const way = proxy === undefined ? "" : ` by way of the proxy ${proxy.host}:${proxy.port}`;
  const message = `${host.host}${way}: ${quoted(reasonOf(cause, code))}`;
  return new TransportError(message, code, mayHaveArrived, isTls || isProxyRefusal, { cause });
}

function reasonOf(error: Error, code: string): string {
  // OpenSSL's words of a handshake that failed, without the place in its source.
  const [, words] = /:SSL routines:\w*:([^:]+)/.exec(error.message) ?? [];
  if (words !== undefined) return `TLS: ${words} (${code})`;
  // Of several addresses that were tried, node tells in an AggregateError without a message.
  const message = error.message === "" && error instanceof AggregateError ? messagesOf(error) : error.message;
  return code === "" || message.includes(code) ? message : `${message} (${code})`;
}

function messagesOf({ errors }: AggregateError): string {
  return [...new Set(errors.map((error) => (error instanceof Error ? error.message : String(error))))].join(", ");
}

function summary(failures: readonly TransportError[]): TransportError {
  const [first] = failures;
  if (first === undefined) throw new TypeError("nothing was tried");
  if (failures.length === 1) return first;
  const message = [...new Set(failures.map(({ message }) => message))].join("; ");
  return new TransportError(
    message,
    first.code,
    failures.some(({ mayHaveArrived }) => mayHaveArrived),
    failures.every(({ isSetup }) => isSetup),
    { cause: first },
  );
}
