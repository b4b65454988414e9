import * as v from "valibot";

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
};
