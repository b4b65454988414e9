import { stat } from "node:fs/promises";
import type { SecureContextOptions } from "node:tls";

import { readTrusted, UntrustedFileError } from "../../config/trusted.js";
import { readPrivate, SecretError, stampOf } from "./secret.js";

/** Files of certificates in PEM. */
export interface TlsFiles {
  /** In place of the certification authorities that Node.js knows. */
  readonly ca: string | undefined;
  readonly certificate: string | undefined;
  readonly key: string | undefined;
}

/** A certificate or key that cannot be used. */
export class TlsFileError extends Error {
  override readonly name = "TlsFileError";
}

/**
 * What a connection over TLS is made with. Files are read again when they have changed. There is no way to have a server's
 * certificate not verified.
 */
export class TlsSettings {
  readonly #files: TlsFiles;
  #known: { readonly stamp: string; readonly options: SecureContextOptions } | undefined;

  constructor(files: TlsFiles) {
    this.#files = files;
  }

  /**
   * The same object as long as the files are the same.
   *
   * @throws {TlsFileError}
   */
  async read(): Promise<SecureContextOptions> {
    const { ca, certificate, key } = this.#files;
    const stamp = (await Promise.all([ca, certificate, key].map(stampAt))).join("\n");
    if (this.#known?.stamp === stamp) return this.#known.options;
    const options: SecureContextOptions = { minVersion: "TLSv1.2" };
    if (ca !== undefined) options.ca = await pem(ca, "CERTIFICATE", readTrusted);
    if (certificate !== undefined) options.cert = await pem(certificate, "CERTIFICATE", readTrusted);
    if (key !== undefined) options.key = await pem(key, "PRIVATE KEY", readPrivate);
    this.#known = { stamp, options };
    return options;
  }
}

async function stampAt(path: string | undefined): Promise<string> {
  if (path === undefined) return "";
  try {
    return stampOf(await stat(path, { bigint: true }));
  } catch (error) {
    throw unusable(path, error);
  }
}

async function pem(path: string, what: string, read: (path: string) => Promise<string>): Promise<string> {
  let text: string;
  try {
    text = await read(path);
  } catch (error) {
    throw unusable(path, error);
  }
  if (!text.includes(`${what}-----`)) throw new TlsFileError(`file ${path} holds no ${what.toLowerCase()} in PEM`);
  return text;
}

function unusable(path: string, error: unknown): TlsFileError {
  if (error instanceof SecretError) return new TlsFileError(error.message, { cause: error });
  const reason = error instanceof UntrustedFileError ? `it ${error.message}` : reasonOf(error);
  return new TlsFileError(`file ${path} cannot be used: ${reason}`, { cause: error });
}

function reasonOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : String(error);
}
