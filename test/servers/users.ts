import { pbkdf2Sync, randomBytes } from "node:crypto";

import type { Credentials } from "./client.js";

/** Of Elasticsearch's file realm: its `{PBKDF2}iterations$salt$hash`, with SHA-512 and 32 bytes each. */
const ITERATIONS = 1000;
const LENGTH = 32;

/** A user who may do everything; the password is new each time. */
export function newAdministrator(): Credentials {
  return { user: "administrator", password: randomBytes(12).toString("hex") };
}

/** The files of a configuration folder that make the file realm know this user. */
export function userFiles({ user, password }: Credentials): Record<string, string> {
  const salt = randomBytes(LENGTH);
  const hash = pbkdf2Sync(password, salt, ITERATIONS, LENGTH, "sha512");
  const line = `{PBKDF2}${ITERATIONS}$${salt.toString("base64")}$${hash.toString("base64")}`;
  return { users: `${user}:${line}\n`, users_roles: `superuser:${user}\n`, "roles.yml": "", "role_mapping.yml": "" };
}
