import * as v from "valibot";

import { absolutePath, duration, size, text, variableName } from "./values.js";

/** `[sinks.NAME]`: where alerts are sent. */

const SINK_TYPES = ["elasticsearch", "opensearch", "http"] as const;
const BODY_FORMATS = ["single", "array", "ndjson"] as const;

const url = v.pipe(
  v.string(),
  v.check((value) => parseUrl(value) !== undefined, "must be a URL that begins with https:// or http://"),
  v.check(
    (value) => !hasAccount(parseUrl(value)),
    "must not hold a user or a password: they belong into username and password_file",
  ),
  v.check((value) => !value.includes("#"), "must not have a fragment (#)"),
);
const proxy = v.pipe(
  v.string(),
  v.check((value) => {
    const proxyUrl = parseUrl(value);
    return value === "environment" || value === "none" || (proxyUrl?.protocol === "http:" && !hasAccount(proxyUrl));
  }, 'must be "environment", "none" or an http:// URL without a user and a password'),
);
/** A data stream: what Elasticsearch allows in a name, and no wildcards, lists or date mathematics. */
const dataStream = v.pipe(
  v.string(),
  v.regex(/^[a-z0-9][a-z0-9._-]{0,254}$/, "is not a name of a data stream (small letters, digits, . _ -)"),
);
/** It is a file's name as well. */
const sinkName = v.pipe(
  v.string(),
  v.regex(/^[a-z0-9][a-z0-9_-]{0,63}$/, "is not a name of a sink (small letters, digits, _ -; at most 64)"),
);
const credentialName = v.pipe(v.string(), v.regex(/^(?!\.)[A-Za-z0-9._-]{1,255}$/, "is not a name of a credential"));
const headerName = v.pipe(v.string(), v.regex(/^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/, "is not a name of a header"));
const headerValue = v.pipe(v.string(), v.regex(/^[\t\x20-\x7e]*$/, "must be printable ASCII"));
/** Secrets come from elsewhere, and what a request needs is set by the sink. */
const OUR_HEADERS =
  /^(?:authorization|proxy-authorization|cookie|host|content-(?:type|length|encoding)|transfer-encoding)$/i;

function parseUrl(value: string): URL | undefined {
  const parsed = URL.canParse(value) ? new URL(value) : undefined;
  return parsed !== undefined && /^https?:$/.test(parsed.protocol) && parsed.hostname !== "" ? parsed : undefined;
}

function hasAccount(parsed: URL | undefined): boolean {
  return parsed !== undefined && (parsed.username !== "" || parsed.password !== "");
}

function count(least: number, most: number) {
  return v.pipe(
    v.number(),
    v.integer("must be a whole number"),
    v.minValue(least, `must be at least ${least}`),
    v.maxValue(most, `must be at most ${most}`),
  );
}

const sink = v.strictObject({
  type: v.picklist(SINK_TYPES),
  /** Of Elasticsearch or OpenSearch: the nodes of one cluster, or what stands before them. */
  hosts: v.optional(v.pipe(v.array(url), v.nonEmpty("must name at least one"))),
  /** Of a sink of type http. */
  url: v.optional(url),

  // At most one way to say who we are; each secret from a file, a credential of systemd or an environment variable.
  api_key_file: v.optional(absolutePath),
  api_key_credential: v.optional(credentialName),
  api_key_env: v.optional(variableName),
  username: v.optional(text),
  password_file: v.optional(absolutePath),
  password_credential: v.optional(credentialName),
  password_env: v.optional(variableName),
  token_file: v.optional(absolutePath),
  token_credential: v.optional(credentialName),
  token_env: v.optional(variableName),

  /** Certificates in PEM. */
  ca_file: v.optional(absolutePath),
  certificate_file: v.optional(absolutePath),
  key_file: v.optional(absolutePath),

  proxy: v.optional(proxy, "environment"),
  /** ms for one request. */
  timeout: v.optional(duration("1s", "10m"), "60s"),
  /** gzip. */
  compression: v.optional(v.boolean(), true),
  /** What goes into one request at most. */
  batch_lines: v.optional(count(1, 5000), 500),
  /** Bytes. */
  batch_bytes: v.optional(size("64KiB", "64MiB"), "256KiB"),

  /** Whether health documents are sent too. */
  health: v.optional(v.boolean(), true),
  /** ms between two heartbeats. */
  heartbeat: v.optional(duration("10s", "1d"), "60s"),

  /** Of Elasticsearch and OpenSearch. */
  alert_stream: v.optional(dataStream),
  health_stream: v.optional(dataStream),

  /** Of type http. */
  format: v.optional(v.picklist(BODY_FORMATS)),
  envelope: v.optional(v.picklist(["none", "splunk-hec"])),
  splunk_index: v.optional(text),
  splunk_sourcetype: v.optional(text),
  headers: v.optional(v.record(headerName, headerValue)),
});

export type SinkConfig = v.InferOutput<typeof sink>;
export type SinkType = SinkConfig["type"];

const SECRETS = ["api_key", "password", "token"] as const;
const SOURCES = ["file", "credential", "env"] as const;
type Key = keyof SinkConfig;

/** What is wrong with the keys taken together: the key to point at, and the rest of a sentence that begins with it. */
function* contradictions(config: SinkConfig): Generator<readonly [key: Key, message: string]> {
  const has = (key: Key): boolean => config[key] !== undefined;
  const isHttp = config.type === "http";
  if (isHttp && !has("url")) yield ["type", 'is "http", and there is no url'];
  if (!isHttp && !has("hosts")) yield ["type", `is "${config.type}", and there are no hosts`];
  const others: readonly Key[] = isHttp
    ? ["hosts", "alert_stream", "health_stream", "api_key_file", "api_key_credential", "api_key_env"]
    : ["url", "format", "envelope", "splunk_index", "splunk_sourcetype"];
  for (const key of others) if (has(key)) yield [key, `does not belong to a sink of type "${config.type}"`];
  if (has("format") && config.envelope === "splunk-hec") yield ["format", "does not go with the envelope of Splunk"];

  const given = SECRETS.map((secret) => SOURCES.map((source): Key => `${secret}_${source}`).filter(has));
  for (const keys of given)
    if (keys[1] !== undefined) yield [keys[1], `does not go with ${keys[0] ?? ""}: one is enough`];
  const [first, second] = given.flatMap((keys) => keys.slice(0, 1));
  if (second !== undefined) yield [second, `does not go with ${first ?? ""}: there is one way to log in`];
  const hasPassword = (given[1]?.length ?? 0) > 0;
  if (has("username") && !hasPassword) yield ["username", "wants password_file, password_credential or password_env"];
  // RFC 7617, 2: the first colon ends the user's name.
  if (config.username?.includes(":")) yield ["username", "must have no colon (:)"];
  if (!has("username") && hasPassword) yield [given[1]?.[0] ?? "type", "wants a username"];

  if (has("certificate_file") !== has("key_file")) {
    const [key, missing] = has("key_file")
      ? (["key_file", "certificate_file"] as const)
      : (["certificate_file", "key_file"] as const);
    yield [key, `wants ${missing}`];
  }
  for (const name of Object.keys(config.headers ?? {})) {
    if (OUR_HEADERS.test(name)) yield ["headers", `must not hold ${name}: there are keys for that`];
  }
  for (const host of config.hosts ?? []) {
    if (host.includes("?")) yield ["hosts", "must have no query (?)"];
  }
}

/** Every sink by its name. */
export const sinks = v.record(
  sinkName,
  v.pipe(
    sink,
    v.rawCheck(({ dataset, addIssue }) => {
      if (!dataset.typed) return;
      const input = dataset.value;
      for (const [key, message] of contradictions(input)) {
        addIssue({ message, path: [{ type: "object", origin: "value", input, key, value: input[key] }] });
      }
    }),
  ),
);
