import type { SinkConfig } from "../config/sinks.js";
import { packageVersion } from "../version.js";
import { Client } from "./client/client.js";
import { Secret, SecretError, type SecretSource } from "./client/secret.js";
import { TlsSettings } from "./client/tls.js";
import { ElasticTarget, type DataStreams } from "./elastic.js";
import { HttpTarget } from "./http.js";
import type { Target } from "./target.js";

const ALERT_STREAM = "logs-wallwatch.alert-default";
const HEALTH_STREAM = "logs-wallwatch.health-default";
const SPLUNK_SOURCETYPE = "wallwatch";

/** What a sink's configuration makes. */
export function targetOf(config: SinkConfig): Target {
  const client = clientOf(config);
  const { type, compression: isCompressed } = config;
  if (type !== "http") return new ElasticTarget({ kind: type, client, streams: streamsOf(config), isCompressed });
  const { format = "array", envelope, splunk_index: index, splunk_sourcetype: sourcetype = SPLUNK_SOURCETYPE } = config;
  return new HttpTarget({
    client,
    format,
    hec: envelope === "splunk-hec" ? { index, sourcetype } : undefined,
    isCompressed,
  });
}

export function streamsOf({ alert_stream: alert, health_stream: health }: SinkConfig): DataStreams {
  return { alert: alert ?? ALERT_STREAM, health: health ?? HEALTH_STREAM };
}

export function clientOf(config: SinkConfig): Client {
  const { hosts = [], url, proxy, timeout, headers } = config;
  return new Client({
    hosts: (url === undefined ? hosts : [url]).map((each) => new URL(each)),
    tls: new TlsSettings({ ca: config.ca_file, certificate: config.certificate_file, key: config.key_file }),
    proxy,
    timeout,
    authorization: authorizationOf(config),
    headers: { "user-agent": `wallwatch/${packageVersion()}`, ...headers },
  });
}

/** How a sink logs in, by the secrets that its configuration names. */
function authorizationOf(config: SinkConfig): () => Promise<string | undefined> {
  const apiKey = secretOf(config, "api_key");
  if (apiKey !== undefined) return async () => `ApiKey ${encodedKey(printableAscii(await apiKey.read(), apiKey))}`;
  const token = secretOf(config, "token");
  const scheme = config.envelope === "splunk-hec" ? "Splunk" : "Bearer";
  if (token !== undefined) return async () => `${scheme} ${printableAscii(await token.read(), token)}`;
  const password = secretOf(config, "password");
  if (password === undefined) return () => Promise.resolve(undefined);
  const { username = "" } = config;
  return async () => `Basic ${Buffer.from(`${username}:${await password.read()}`).toString("base64")}`;
}

function secretOf(config: SinkConfig, name: "api_key" | "password" | "token"): Secret | undefined {
  const path = config[`${name}_file`];
  const credential = config[`${name}_credential`];
  const variable = config[`${name}_env`];
  let source: SecretSource | undefined;
  if (path !== undefined) source = { kind: "file", path };
  else if (credential !== undefined) source = { kind: "credential", name: credential };
  else if (variable !== undefined) source = { kind: "environment", name: variable };
  return source && new Secret(source);
}

/** Elasticsearch shows a key as id and key, and as both together in base64; the header wants the latter. */
function encodedKey(key: string): string {
  return key.includes(":") ? Buffer.from(key).toString("base64") : key;
}

function printableAscii(text: string, secret: Secret): string {
  if (/^[\x21-\x7e]+$/.test(text)) return text;
  throw new SecretError(`${secret.name} holds more than a key or token: one word of printable ASCII is wanted`);
}
