import { isIPv6 } from "node:net";

/** An HTTP proxy on the way to a sink. */
export interface Proxy {
  readonly host: string;
  readonly port: number;
  /** Value of Proxy-Authorization; only the environment can give it. It is a secret. */
  readonly authorization: string | undefined;
}

/** "environment" goes by HTTPS_PROXY, HTTP_PROXY and NO_PROXY, "none" straight to the sink; else an http URL. */
export type ProxySetting = string;

type Environment = Readonly<Record<string, string | undefined>>;

/** A proxy in the environment that is none. The message does not hold its value, which may have a password in it. */
export class ProxyError extends Error {
  override readonly name = "ProxyError";
}

/**
 * The proxy for a target, if there is one. As curl has it, the names in small letters go before those in capitals.
 *
 * @throws {ProxyError}
 */
export function proxyFor(target: URL, setting: ProxySetting, environment: Environment): Proxy | undefined {
  if (setting === "none") return undefined;
  if (setting !== "environment") return parseProxy(setting, "proxy");
  const name = target.protocol === "https:" ? "https_proxy" : "http_proxy";
  const [variable, value] = lookUp(environment, name);
  if (value === "" || isExempt(target, lookUp(environment, "no_proxy")[1])) return undefined;
  return parseProxy(value.includes("://") ? value : `http://${value}`, variable);
}

function lookUp(environment: Environment, name: string): readonly [variable: string, value: string] {
  const capital = name.toUpperCase();
  const small = environment[name]?.trim() ?? "";
  return small !== "" ? [name, small] : [capital, environment[capital]?.trim() ?? ""];
}

function parseProxy(text: string, name: string): Proxy {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol !== "http:" || url.hostname === "")
    throw new ProxyError(`${name} is not an http:// URL of a proxy`);
  const account = `${decoded(url.username, name)}:${decoded(url.password, name)}`;
  return {
    host: url.hostname.replace(/^\[(.*)\]$/, "$1"),
    port: url.port === "" ? 80 : Number(url.port),
    authorization: account === ":" ? undefined : `Basic ${Buffer.from(account).toString("base64")}`,
  };
}

/** @throws {ProxyError} */
function decoded(text: string, name: string): string {
  try {
    return decodeURIComponent(text);
  } catch (cause) {
    throw new ProxyError(
      `${name} has a user or a password with a % that is not followed by two hex digits (% is %25)`,
      {
        cause,
      },
    );
  }
}

/** NO_PROXY: names and addresses, with a port or without; a name stands for those below it too; "*" for all. */
function isExempt({ hostname, port, protocol }: URL, list: string): boolean {
  const host = hostname.replace(/^\[(.*)\]$/, "$1").toLowerCase();
  const hostPort = port === "" ? (protocol === "https:" ? "443" : "80") : port;
  return list
    .toLowerCase()
    .split(/[\s,]+/)
    .filter((entry) => entry !== "")
    .some((entry) => {
      if (entry === "*") return true;
      // The last colon of a bare address is no port's.
      const text = isIPv6(entry) ? `[${entry}]` : entry;
      const [, name = entry, wantedPort] = /^\[?(.*?)\]?(?::(\d+))?$/.exec(text) ?? [];
      if (wantedPort !== undefined && wantedPort !== hostPort) return false;
      const suffix = name.replace(/^\*?\./, "");
      return host === suffix || host.endsWith(`.${suffix}`);
    });
}
