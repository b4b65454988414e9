import { request as httpRequest, type IncomingHttpHeaders } from "node:http";
import { request as httpsRequest } from "node:https";

export interface Credentials {
  readonly user: string;
  readonly password: string;
}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

export interface Target {
  /** Such as "http://127.0.0.1:9200". */
  readonly url: string;
  /** The authority's certificate in PEM. */
  readonly ca?: string | undefined;
  readonly credentials?: Credentials | undefined;
}

/** What a test asks a server by itself, beside the code under test and independent of it. */
export class ServerClient {
  readonly target: Target;

  constructor(target: Target) {
    this.target = target;
  }

  /** One request. Strings go as NDJSON, other bodies as JSON. @throws what the connection says */
  send(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Answer> {
    const { url, ca, credentials } = this.target;
    const payload = typeof body === "string" || body === undefined ? body : JSON.stringify(body);
    const type = typeof body === "string" ? "application/x-ndjson" : "application/json";
    const request = url.startsWith("https:") ? httpsRequest : httpRequest;
    return new Promise((resolve, reject) => {
      const options = {
        method,
        agent: false,
        headers: { ...(payload === undefined ? {} : { "content-type": type }), ...headers },
        ...(ca === undefined ? {} : { ca }),
        ...(credentials === undefined ? {} : { auth: `${credentials.user}:${credentials.password}` }),
      };
      const sent = request(new URL(path, url), options, (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.on("error", reject);
        response.on("end", () => {
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            text: Buffer.concat(chunks).toString("utf8"),
          });
        });
      });
      sent.on("error", reject);
      sent.end(payload);
    });
  }

  /** The JSON of an answer. @throws where it is none of 200 to 299 */
  async json<T = Record<string, unknown>>(method: string, path: string, body?: unknown): Promise<T> {
    const { status, text } = await this.send(method, path, body);
    if (status < 200 || status > 299) throw new Error(`${method} ${path}: ${status} ${text}`);
    return JSON.parse(text) as T;
  }
}
