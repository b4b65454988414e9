import { constants, type BigIntStats } from "node:fs";
import { open, stat, type FileHandle } from "node:fs/promises";
import { join } from "node:path";

import { hasCode } from "../../errno.js";

const READABLE_BY_ANYONE = 0o004;
const READABLE_BY_GROUP = 0o040;
const WRITABLE_BY_OTHERS = 0o022;
/** Bytes. A token has some hundred, a key some thousand. */
const LONGEST = 64 * 1024;

/** Where a secret is; never the secret itself. */
export type SecretSource =
  | { readonly kind: "file"; readonly path: string }
  /** One of systemd's credentials (LoadCredential=, SetCredentialEncrypted=; systemd.exec(5)). */
  | { readonly kind: "credential"; readonly name: string }
  | { readonly kind: "environment"; readonly name: string };

/** A secret that cannot be had. The message names where it should be, and never holds any of it. */
export class SecretError extends Error {
  override readonly name = "SecretError";
}

/**
 * A secret, read when it is asked for and again when its file has changed, so that a token can be rotated while the agent
 * runs.
 */
export class Secret {
  readonly #source: SecretSource;
  #known: { readonly stamp: string; readonly text: string } | undefined;

  constructor(source: SecretSource) {
    this.#source = source;
  }

  /** What to call it in an error: `file /etc/wallwatch/token`. */
  get name(): string {
    return sourceName(this.#source);
  }

  /**
   * The secret without white space around it.
   *
   * @throws {SecretError}
   */
  async read(): Promise<string> {
    const source = this.#source;
    if (source.kind === "environment") return checked(process.env[source.name] ?? "", this.name);
    const path = source.kind === "file" ? source.path : credentialPath(source.name);
    try {
      const stamp = stampOf(await stat(path, { bigint: true }));
      if (this.#known?.stamp === stamp) return this.#known.text;
      const text = await readPrivate(path);
      // By the state before it was read: what is written while it is read is read again the next time.
      this.#known = { stamp, text };
      return text;
    } catch (error) {
      if (error instanceof SecretError) throw error;
      throw new SecretError(`${this.name} cannot be read (${codeOf(error)})`, { cause: error });
    }
  }
}

/** @throws {SecretError} */
export async function readPrivate(path: string): Promise<string> {
  // A FIFO must not make open wait for a writer.
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const fault = await exposure(file);
    if (fault !== undefined) throw new SecretError(`file ${path} is not used: it ${fault}`);
    const buffer = Buffer.alloc(LONGEST);
    const { bytesRead } = await file.read(buffer, 0, LONGEST, 0);
    if (bytesRead === LONGEST) throw new SecretError(`file ${path} is too long for a secret`);
    return checked(buffer.toString("utf8", 0, bytesRead), `file ${path}`);
  } finally {
    await file.close();
  }
}

/** Changes whenever a file's text does, or another file takes its place. */
export function stampOf({ dev, ino, size, mtimeNs, ctimeNs }: BigIntStats): string {
  return [dev, ino, size, mtimeNs, ctimeNs].join(" ");
}

async function exposure(file: FileHandle): Promise<string | undefined> {
  const { mode, uid, gid, ...stats } = await file.stat();
  if ((mode & 0o170000) !== 0o100000 || stats.nlink === 0) return "is not a regular file";
  if (uid !== 0 && uid !== process.geteuid?.()) return `belongs to the user with uid ${uid}, not to root`;
  if ((mode & READABLE_BY_ANYONE) !== 0) return "can be read by anyone (chmod o-r)";
  // root's group may: so systemd's credentials look, whose ACL shows as the group's bits. Our own group is ours.
  if ((mode & READABLE_BY_GROUP) !== 0 && gid !== 0 && !ourGroups().includes(gid)) {
    return `can be read by the group with gid ${gid} (chmod g-r)`;
  }
  if ((mode & WRITABLE_BY_OTHERS) !== 0) return "can be written by others than its owner (chmod go-w)";
  return undefined;
}

function ourGroups(): readonly number[] {
  return [process.getegid?.() ?? -1, ...(process.getgroups?.() ?? [])];
}

function credentialPath(name: string): string {
  const folder = process.env["CREDENTIALS_DIRECTORY"];
  if (folder === undefined) {
    throw new SecretError(
      `credential ${name} is not there: systemd passed none (LoadCredential=${name}:PATH in the unit)`,
    );
  }
  return join(folder, name);
}

function sourceName(source: SecretSource): string {
  if (source.kind === "file") return `file ${source.path}`;
  return source.kind === "credential" ? `credential ${source.name}` : `environment variable ${source.name}`;
}

function checked(text: string, name: string): string {
  const secret = text.trim();
  if (secret === "") throw new SecretError(`${name} is empty or missing`);
  return secret;
}

function codeOf(error: unknown): string {
  if (hasCode(error, "ENOENT")) return "there is none";
  if (hasCode(error, "EACCES")) return "this user must not";
  return error instanceof Error && "code" in error ? String(error.code) : String(error);
}
