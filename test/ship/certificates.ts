import { execFileSync } from "node:child_process";
import { chmodSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Paths of PEM files, made by openssl. */
export interface TestCertificates {
  readonly ca: string;
  /** For 127.0.0.1. */
  readonly server: KeyPair;
  /** For another name. */
  readonly other: KeyPair;
  readonly client: KeyPair;
}

export interface KeyPair {
  readonly certificate: string;
  readonly key: string;
}

/** An authority of the test's own and certificates of it, in `folder`. */
export function makeCertificates(folder: string): TestCertificates {
  const at = (name: string): string => join(folder, name);
  const newKey = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
  const authority = [
    "-x509",
    ...newKey,
    "-keyout",
    at("ca.key"),
    "-out",
    at("ca.pem"),
    "-days",
    "2",
    "-subj",
    "/CN=test CA",
  ];
  openssl("req", ...authority);
  const issue = (name: string, extension: string): KeyPair => {
    const pair = { certificate: at(`${name}.pem`), key: at(`${name}.key`) };
    openssl("req", ...newKey, "-keyout", pair.key, "-out", at(`${name}.csr`), "-subj", `/CN=${name}`);
    writeFileSync(at(`${name}.ext`), extension);
    const signing = ["-CA", at("ca.pem"), "-CAkey", at("ca.key"), "-CAcreateserial", "-days", "2"];
    openssl(
      "x509",
      "-req",
      "-in",
      at(`${name}.csr`),
      ...signing,
      "-extfile",
      at(`${name}.ext`),
      "-out",
      pair.certificate,
    );
    chmodSync(pair.key, 0o600);
    return pair;
  };
  return {
    ca: at("ca.pem"),
    server: issue("server", "subjectAltName=IP:127.0.0.1"),
    other: issue("other", "subjectAltName=DNS:elsewhere.example"),
    client: issue("client", "extendedKeyUsage=clientAuth"),
  };
}

export function tlsOf({ certificate, key }: KeyPair): { readonly cert: Buffer; readonly key: Buffer } {
  return { cert: readFileSync(certificate), key: readFileSync(key) };
}

function openssl(...args: readonly string[]): void {
  execFileSync("openssl", args, { stdio: ["ignore", "ignore", "pipe"] });
}
