import { isIPv4, isIPv6 } from "node:net";

import * as v from "valibot";

import type { MetricsAddress } from "../metrics/address.js";

import { absolutePath } from "./values.js";

/** unix(7): an address has 108 bytes, and the socket is made under a longer name first. */
const LONGEST_SOCKET_PATH = 90;

const socketPath = v.pipe(
  absolutePath,
  v.check(
    (path) => Buffer.byteLength(path) <= LONGEST_SOCKET_PATH,
    `must be at most ${LONGEST_SOCKET_PATH} bytes long, as the address of a socket`,
  ),
);

/** "127.0.0.1:9469", "[::1]:9469" or "/run/wallwatch/metrics.sock". */
const metricsAddress = v.pipe(
  v.string(),
  v.check(
    (text) => addressOf(text) !== undefined,
    'must be an IP address with a port, such as "127.0.0.1:9469" or "[::1]:9469", or the absolute path of a socket',
  ),
  v.transform((text): MetricsAddress => addressOf(text) ?? { path: text }),
);

function addressOf(text: string): MetricsAddress | undefined {
  if (text.startsWith("/")) return Buffer.byteLength(text) <= LONGEST_SOCKET_PATH ? { path: text } : undefined;
  const [, six, four, digits = ""] = /^(?:\[([0-9a-f:.]+)\]|([0-9.]+)):(\d{1,5})$/i.exec(text) ?? [];
  const host = six ?? four ?? "";
  const port = Number(digits);
  if ((six === undefined ? !isIPv4(host) : !isIPv6(host)) || port < 1 || port > 65_535) return undefined;
  return { host, port };
}

function isLoopback(host: string): boolean {
  return isIPv4(host) ? host.startsWith("127.") : /^[0:]*:0*1$/.test(host);
}

/** The tables of wallwatch.toml about the program as a service of its host. */
export const serviceSections = {
  state: v.optional(
    v.strictObject({
      /** What is kept from one run to the next. */
      path: v.optional(absolutePath, "/var/lib/wallwatch"),
    }),
    {},
  ),
  status: v.optional(
    v.strictObject({
      /** The socket that answers `wallwatch status`. */
      path: v.optional(socketPath, "/run/wallwatch/status.sock"),
    }),
    {},
  ),
  metrics: v.optional(
    v.pipe(
      v.strictObject({
        /** Where Prometheus asks: undefined for nowhere. */
        listen: v.optional(metricsAddress),
        /** Whether other hosts may reach it. */
        exposed: v.optional(v.boolean(), false),
      }),
      v.forward(
        v.check(
          ({ listen, exposed }) => exposed || listen === undefined || "path" in listen || isLoopback(listen.host),
          'is an address that other hosts reach: take 127.0.0.1 or [::1], or a path, or set "exposed = true" if that is wanted',
        ),
        ["listen"],
      ),
    ),
    {},
  ),
};
