import type { SinkConfig } from "../config/sinks.js";
import { isJsonObject } from "../json.js";
import { printable } from "../printable.js";
import { answerText, jsonOf, type Answer } from "./client/answer.js";
import { TransportError, type Client, type ClientRequestOptions } from "./client/client.js";
import { credentialsCure, GRANT, PRIVILEGES, SEE_MANUAL, SET_UP, transportCure } from "./cures.js";
import { bulkOutcome } from "./outcome/bulk.js";
import { clientOf, streamsOf } from "./targets.js";

/** One thing that was tried with a sink. */
export interface Finding {
  readonly status: "ok" | "warning" | "failed";
  /** Without a full stop. */
  readonly detail: string;
  readonly cure?: string;
}

const PRODUCTS: Readonly<Record<SinkConfig["type"], string>> = {
  elasticsearch: "Elasticsearch",
  opensearch: "OpenSearch",
  http: "",
};

/** Tries a sink step by step: name, connection, TLS, credentials, template, permission. Nothing is written. */
export async function examineSink(config: SinkConfig, signal: AbortSignal): Promise<readonly Finding[]> {
  const client = clientOf(config);
  try {
    const findings =
      config.type === "http" ? await examineHttp(config, client, signal) : await examineElastic(config, client, signal);
    return [...inTheClear(config), ...findings];
  } finally {
    client.close();
  }
}

/** A secret that goes over the network without TLS is everybody's on the way. */
function inTheClear({ hosts = [], url, ...config }: SinkConfig): Finding[] {
  const logsIn = Object.keys(config).some((key) => /^(?:api_key|password|token)_/.test(key));
  const plain = [...hosts, ...(url === undefined ? [] : [url])]
    .map((address) => new URL(address))
    .filter(({ protocol, hostname }) => protocol === "http:" && !/^(?:localhost|127\.[\d.]+|\[::1\])$/.test(hostname));
  const [first] = plain;
  if (!logsIn || first === undefined) return [];
  return [warning(`the sink's secret goes to ${first.host} without TLS`, "Use https://.")];
}

async function examineHttp(config: SinkConfig, client: Client, signal: AbortSignal): Promise<readonly Finding[]> {
  const reached = await tryRequest(client, { method: "HEAD", path: "" }, signal);
  if (!("status" in reached)) return [reached.finding];
  const { status } = reached;
  const place = shownUrl(config);
  if (status === 401 || status === 403 || status === 407)
    return [failed(`${place}: HTTP ${status}`, credentialsCure(status))];
  if (status >= 300 && status < 400) {
    return [failed(`${place}: HTTP ${status}, a redirect, which is not followed`, "Set url to where it leads.")];
  }
  if (status === 404 && config.envelope !== "splunk-hec") {
    return [
      warning(`${place}: HTTP 404 to HEAD`, 'Is the path right? "wallwatch check --send" tries it with an alert.'),
    ];
  }
  return [ok(`${place} answers (HTTP ${status} to HEAD); "wallwatch check --send" tries it with an alert`)];
}

async function examineElastic(config: SinkConfig, client: Client, signal: AbortSignal): Promise<readonly Finding[]> {
  const streams = Object.values(streamsOf(config)).filter((name): name is string => typeof name === "string");
  const findings: Finding[] = [];
  for (const stream of config.health ? streams : streams.slice(0, 1)) {
    const looked = await lookUp(config, client, stream, signal);
    if (!("status" in looked)) return [...findings, looked.finding];
    const { status } = looked;
    if (status === 401 || status === 407) return [failed(answerText(looked), credentialsCure(status))];
    if (status >= 300 && status < 400) return [failed(answerText(looked), "Set hosts to where it leads.")];
    // Asked with a name, both servers answer with a list of such data streams, among others.
    if (status === 200 && !Array.isArray(jsonOf(looked)?.["data_streams"])) {
      const type = looked.headers["content-type"];
      const what = `${client.host.host} is not ${PRODUCTS[config.type]}: it answers HTTP 200${type === undefined ? "" : ` (${printable(type)})`}`;
      return [
        failed(what, "Are host and port right, and the path of hosts? Something else may stand before the server."),
      ];
    }
    if (status === 200)
      findings.push(ok(`data stream ${stream} is there`), await permission(config, client, stream, signal));
    else if (status === 404)
      findings.push(await template(client, stream, signal), await permission(config, client, stream, signal));
    else if (status === 403 && config.type === "opensearch") {
      findings.push(
        failed(
          `data stream ${stream} cannot be looked up, which comes before each request: ${answerText(looked)}`,
          "Give the role indices:admin/data_stream/get and the others that docs/delivery.md names.",
        ),
      );
    } else if (status === 403) {
      findings.push(
        warning(
          `data stream ${stream} cannot be looked up: ${answerText(looked)}`,
          "The privilege view_index_metadata lets it be seen.",
        ),
        await permission(config, client, stream, signal),
      );
    } else findings.push(failed(`data stream ${stream}: ${answerText(looked)}`, SEE_MANUAL));
  }
  return findings;
}

/** Status 200 where the data stream is there, 404 where it is not. */
function lookUp({ type }: SinkConfig, client: Client, stream: string, signal: AbortSignal): Promise<Tried> {
  // Elasticsearch keeps the latter in a module that not every distribution has.
  const path = type === "elasticsearch" ? `/_resolve/index/${stream}` : `/_data_stream/${stream}`;
  return tryRequest(client, { method: "GET", path }, signal);
}

/** The stream is not there yet: it comes with the first document, if there is a template. */
async function template(client: Client, stream: string, signal: AbortSignal): Promise<Finding> {
  const path =
    "/_index_template?filter_path=index_templates.index_template.index_patterns,index_templates.index_template.data_stream,index_templates.index_template.priority";
  const answer = await tryRequest(client, { method: "GET", path }, signal);
  if (!("status" in answer)) return answer.finding;
  if (answer.status === 403) return warning(`whether ${stream} has an index template cannot be seen`, SET_UP);
  const templates = jsonOf(answer)?.["index_templates"];
  if (answer.status !== 200 && answer.status !== 404) return failed(answerText(answer), SEE_MANUAL);
  const matching = (Array.isArray(templates) ? templates : [])
    .map((each: unknown) => (isJsonObject(each) ? each["index_template"] : undefined))
    .filter(isJsonObject)
    .filter(
      ({ index_patterns: patterns }) => Array.isArray(patterns) && patterns.some((pattern) => matches(pattern, stream)),
    )
    .sort((one, other) => Number(other["priority"] ?? 0) - Number(one["priority"] ?? 0));
  const [first] = matching;
  if (first?.["data_stream"] !== undefined) return ok(`index template for ${stream} is there`);
  const what = first === undefined ? "has no index template" : "has an index template without data_stream";
  return failed(`${stream} ${what}: the queue would hold`, SET_UP);
}

function matches(pattern: unknown, name: string): boolean {
  if (typeof pattern !== "string") return false;
  const parts = pattern.split("*").map((part) => part.replace(/[\\^$.|?+()[\]{}]/g, "\\$&"));
  // A bounded number of stars, in the administrator's own templates.
  return parts.length <= 10 && new RegExp(`^${parts.join(".*")}$`).test(name);
}

/** Asks Elasticsearch's security what the credentials may; where there is none, a document that can't be taken shows it. */
async function permission(config: SinkConfig, client: Client, stream: string, signal: AbortSignal): Promise<Finding> {
  if (config.type === "elasticsearch") {
    const body = Buffer.from(JSON.stringify({ index: [{ names: [stream], privileges: PRIVILEGES }] }));
    const path = "/_security/user/_has_privileges";
    const answer = await tryRequest(client, { method: "POST", path, headers: JSON_TYPE, body }, signal);
    if (!("status" in answer)) return answer.finding;
    if (answer.status === 200) return privileges(answer, stream);
    if (answer.status === 401 || answer.status === 403)
      return failed(answerText(answer), credentialsCure(answer.status));
  }
  return tryToWrite(config, client, stream, signal);
}

const JSON_TYPE = { "content-type": "application/json" };

function privileges(answer: Answer, stream: string): Finding {
  const index = jsonOf(answer)?.["index"];
  const granted = isJsonObject(index) ? index[stream] : undefined;
  const missing = PRIVILEGES.filter((name) => !isJsonObject(granted) || granted[name] !== true);
  if (missing.length === 0) return ok(`may write to ${stream}, and look up what has arrived`);
  return failed(`${stream}: the privileges ${missing.join(", ")} are missing`, GRANT);
}

/** A document without a timestamp is refused by every data stream, but only after it was seen whether one may write. */
async function tryToWrite(config: SinkConfig, client: Client, stream: string, signal: AbortSignal): Promise<Finding> {
  const looked = await lookUp(config, client, stream, signal);
  if (!("status" in looked)) return looked.finding;
  if (looked.status !== 200) return ok(`whether it may write to ${stream} is seen when that is there`);
  const action = JSON.stringify({ create: { _index: stream, _id: "wallwatch-check" } });
  const body = Buffer.from(`${action}\n{"message":"wallwatch check"}\n`);
  const headers = { "content-type": "application/x-ndjson" };
  const guard = config.type === "elasticsearch" ? "?require_data_stream=true" : "";
  const answer = await tryRequest(client, { method: "POST", path: `/_bulk${guard}`, headers, body }, signal);
  if (!("status" in answer)) return answer.finding;
  const outcome = bulkOutcome(answer, { count: 1, isProven: true, now: 0 });
  const item = outcome.kind === "items" ? outcome.items[0] : outcome;
  if (item?.kind === "dead" || item?.kind === "sent") return ok(`may write to ${stream}`);
  return failed(`${stream}: ${item?.reason ?? answerText(answer)}`, GRANT);
}

type Tried = Answer | { readonly finding: Finding };

async function tryRequest(client: Client, request: ClientRequestOptions, signal: AbortSignal): Promise<Tried> {
  const host = client.host;
  try {
    return await client.request(request, signal);
  } catch (error) {
    if (!(error instanceof TransportError)) throw error;
    return { finding: failed(error.message, await transportCure(error, host)) };
  }
}

/** Its query may hold a key. */
function shownUrl({ url }: SinkConfig): string {
  return url?.replace(/\?.*$/, "?…") ?? "";
}

function ok(detail: string): Finding {
  return { status: "ok", detail };
}

function warning(detail: string, cure: string): Finding {
  return { status: "warning", detail, cure };
}

function failed(detail: string, cure: string): Finding {
  return { status: "failed", detail, cure };
}
