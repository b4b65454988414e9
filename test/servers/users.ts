import { pbkdf2Sync, randomBytes } from "node:crypto";

import type { Credentials } from "./client.js";

/** Of Elasticsearch's file realm: its `{PBKDF2}iterations$salt$hash`, with SHA-512 and 32 bytes each. */
const ITERATIONS = 1000;
const LENGTH = 32;

/** A user of the file realm. (Its distribution for tests lacks what users in an index need.) */
export interface FileUser extends Credentials {
  /** A role that is built in, or one of `roles`. */
  readonly role: string;
}

/** Roles by name, each as Elasticsearch's roles.yml has it. */
export type Roles = Readonly<Record<string, unknown>>;

/** A user who may do everything; the password is new each time. */
export function newAdministrator(): FileUser {
  return { user: "administrator", password: randomBytes(12).toString("hex"), role: "superuser" };
}

/** The files of a configuration folder that make the file realm know these users. */
export function userFiles(users: readonly FileUser[], roles: Roles): Record<string, string> {
  return {
    users: users.map(({ user, password }) => `${user}:${hashed(password)}\n`).join(""),
    users_roles: users.map(({ user, role }) => `${role}:${user}\n`).join(""),
    // JSON is YAML.
    "roles.yml": Object.entries(roles)
      .map(([name, role]) => `${name}: ${JSON.stringify(role)}\n`)
      .join(""),
    "role_mapping.yml": "",
  };
}

function hashed(password: string): string {
  const salt = randomBytes(LENGTH);
  const hash = pbkdf2Sync(password, salt, ITERATIONS, LENGTH, "sha512");
  return `{PBKDF2}${ITERATIONS}$${salt.toString("base64")}$${hash.toString("base64")}`;
}
