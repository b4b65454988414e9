import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Paths of PEM files. */
export interface Certificates {
  readonly authority: string;
  /** For 127.0.0.1 and localhost. */
  readonly certificate: string;
  readonly key: string;
  /** A client's, of the same authority. */
  readonly clientCertificate: string;
  readonly clientKey: string;
}

const DAYS = "30";

/** Makes an authority and a certificate of it, by openssl, in `folder`. */
export function makeCertificates(folder: string): Certificates {
  const authorityKey = join(folder, "authority.key");
  const authority = join(folder, "authority.crt");
  openssl(
    "req",
    "-x509",
    ...NEW_KEY,
    "-keyout",
    authorityKey,
    "-out",
    authority,
    "-days",
    DAYS,
    "-subj",
    "/CN=test authority",
  );
  const make = (name: string, subject: string, extension: string): { certificate: string; key: string } => {
    const key = join(folder, `${name}.key`);
    const request = join(folder, `${name}.csr`);
    const certificate = join(folder, `${name}.crt`);
    const extensions = join(folder, `${name}.ext`);
    openssl("req", ...NEW_KEY, "-keyout", key, "-out", request, "-subj", `/CN=${subject}`);
    writeFileSync(extensions, extension);
    const signing = [
      "-CA",
      authority,
      "-CAkey",
      authorityKey,
      "-CAcreateserial",
      "-days",
      DAYS,
      "-extfile",
      extensions,
    ];
    openssl("x509", "-req", "-in", request, "-out", certificate, ...signing);
    return { certificate, key };
  };
  // The servers speak to each other as clients, too.
  const server = make(
    "server",
    "localhost",
    "subjectAltName=IP:127.0.0.1,DNS:localhost\nextendedKeyUsage=serverAuth,clientAuth\n",
  );
  const client = make("client", "wallwatch", "extendedKeyUsage=clientAuth\n");
  return { authority, ...server, clientCertificate: client.certificate, clientKey: client.key };
}

/** The certificate of an authority, for a client's `ca`. */
export function readAuthority({ authority }: Certificates): string {
  return readFileSync(authority, "utf8");
}

const NEW_KEY = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];

function openssl(...args: string[]): void {
  execFileSync("openssl", args, { stdio: ["ignore", "ignore", "pipe"] });
}
