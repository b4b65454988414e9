// node dist/test/servers/record_answers.js: what the four servers answer, written into test/ship/answers for the tables of the
// functions that judge answers. To be run again when a release is added.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { ROOT } from "../support/programs.js";
import { ServerClient, type Answer } from "./client.js";
import { Cluster } from "./cluster.js";
import { SERVER_RELEASES } from "./releases.js";

const STREAM = "logs-answers-default";
/** Headers that somebody decides by. */
const TELLING = ["content-type", "retry-after", "www-authenticate"];
/** What differs each time, or is long and says nothing. */
const VARIABLE = /^(?:took|_seq_no|_primary_term|_version|stack_trace|index_uuid|_index|ingest_took|shard)$/;
/** Characters of a reason that are kept. */
const LONGEST = 200;

const SMALL = {
  // One thread and one place to wait: two bulks at once are too many.
  "thread_pool.write.size": 1,
  "thread_pool.write.queue_size": 1,
  "http.max_content_length": "2mb",
  "indexing_pressure.memory.limit": "1mb",
};

const READER = { user: "reader", password: "a password of the test", role: "reader" };
const ROLES = { reader: { indices: [{ names: ["logs-*"], privileges: ["read"] }] } };

/** Records what one server answers. */
class Recorder {
  readonly answers: Record<string, { status: number; headers: Record<string, string>; body: unknown }> = {};

  constructor(readonly client: ServerClient) {}

  note(name: string, { status, headers, text }: Answer): void {
    const told = TELLING.flatMap((key) => (headers[key] === undefined ? [] : [[key, String(headers[key])] as const]));
    this.answers[name] = { status, headers: Object.fromEntries(told), body: shortBody(text) };
  }

  async ask(name: string, method: string, path: string, body?: unknown): Promise<void> {
    this.note(name, await this.client.send(method, path, body));
  }
}

function shortBody(text: string): unknown {
  try {
    return JSON.parse(text, (key, value: unknown) => {
      if (VARIABLE.test(key)) return undefined;
      return typeof value === "string" && value.length > LONGEST ? `${value.slice(0, LONGEST)}…` : value;
    });
  } catch (error) {
    if (error instanceof SyntaxError) return text;
    throw error;
  }
}

function template(settings: Record<string, unknown> = {}): unknown {
  return {
    index_patterns: ["logs-answers-*"],
    priority: 500,
    data_stream: {},
    template: {
      settings: { number_of_replicas: 0, ...settings },
      mappings: { properties: { "@timestamp": { type: "date" }, number: { type: "long" } } },
    },
  };
}

function create(id: string, document: object = {}, stream = STREAM): string {
  const timestamp = "2026-01-02T03:04:05.678Z";
  return `${JSON.stringify({ create: { _index: stream, _id: id } })}\n${JSON.stringify({ "@timestamp": timestamp, ...document })}\n`;
}

async function record(cluster: Cluster): Promise<Recorder["answers"]> {
  const client = cluster.client();
  const recorder = new Recorder(client);
  const isElastic = cluster.release.product === "elasticsearch";
  const bulk = isElastic ? "/_bulk?require_data_stream=true" : "/_bulk";

  if (isElastic) await recorder.ask("bulk without template", "POST", bulk, create("1"));
  else await recorder.ask("bulk with require_data_stream", "POST", "/_bulk?require_data_stream=true", create("1"));
  // Elasticsearch's distribution for tests has no API for data streams.
  if (!isElastic) {
    await recorder.ask("look up a stream that is missing", "GET", `/_data_stream/${STREAM}`);
    await recorder.ask("make a stream without template", "PUT", `/_data_stream/${STREAM}`);
  }
  await recorder.ask("refresh of a stream that is missing", "POST", `/${STREAM}/_refresh`);
  await client.json("PUT", "/_index_template/answers", template());
  if (!isElastic) {
    await client.json("PUT", `/_data_stream/${STREAM}`);
    await recorder.ask("make a stream that is there", "PUT", `/_data_stream/${STREAM}`);
    await recorder.ask("look up a stream", "GET", `/_data_stream/${STREAM}?filter_path=data_streams.name`);
  }

  await recorder.ask("created", "POST", bulk, create("1") + create("2"));
  await recorder.ask("there already", "POST", bulk, create("1") + create("3"));
  await recorder.ask(
    "a number that is none",
    "POST",
    bulk,
    create("4") + create("5", { number: "many" }) + create("6"),
  );
  await recorder.ask("an object where a value was", "POST", bulk, create("7", { number: { of: 1 } }));
  await recorder.ask(
    "a document without @timestamp",
    "POST",
    bulk,
    `{"create":{"_index":"${STREAM}","_id":"8"}}\n{"number":1}\n`,
  );
  await recorder.ask("index in place of create", "POST", bulk, create("9").replace('"create"', '"index"'));
  await recorder.ask("an id that is too long", "POST", bulk, create("x".repeat(513)));
  await recorder.ask("a value that is too long", "POST", bulk, create("10", { number: "9".repeat(30) }));
  await recorder.ask("a line that is not JSON", "POST", bulk, `${create("11")}{"create":\n`);
  await recorder.ask(
    "a document that is not JSON",
    "POST",
    bulk,
    `{"create":{"_index":"${STREAM}","_id":"12"}}\n{"number":\n`,
  );
  await recorder.ask("a body that is cut", "POST", bulk, create("13").trimEnd());
  await recorder.ask("two of one id", "POST", bulk, create("14") + create("14"));
  recorder.note(
    "another content type",
    await client.send("POST", bulk, create("15"), { "content-type": "text/plain" }),
  );
  await recorder.ask(
    "a pipeline that is missing",
    "POST",
    `${bulk}${isElastic ? "&" : "?"}pipeline=none`,
    create("16"),
  );

  await client.json("POST", `/${STREAM}/_refresh`);
  const search = { size: 10, _source: false, query: { ids: { values: ["1", "2", "none"] } } };
  await recorder.ask("search for ids", "POST", `/${STREAM}/_search?allow_partial_search_results=false`, search);
  await client.json("POST", `/${STREAM}/_rollover`);
  await recorder.ask("there already, before a rollover", "POST", bulk, create("1"));

  const blocks: [name: string, block: string][] = [
    ["a write block", "index.blocks.write"],
    ["a read-only index", "index.blocks.read_only"],
    ["a disk that is too full", "index.blocks.read_only_allow_delete"],
  ];
  for (const [name, block] of blocks) {
    await client.json("PUT", `/${STREAM}/_settings`, { [block]: true });
    await recorder.ask(name, "POST", bulk, create(name) + create(`${name} 2`));
    await client.json("PUT", `/${STREAM}/_settings`, { [block]: null });
  }
  await client.json("PUT", "/_cluster/settings", { persistent: { "cluster.blocks.read_only": true } });
  await recorder.ask("a read-only cluster", "POST", bulk, create("read-only"));
  await client.json("PUT", "/_cluster/settings", { persistent: { "cluster.blocks.read_only": null } });

  await client.json("PUT", "/_index_template/narrow", {
    ...(template({ "index.mapping.total_fields.limit": 3 }) as object),
    index_patterns: ["logs-narrow-*"],
  });
  await recorder.ask("too many fields", "POST", bulk, create("1", { a: 1, b: 2, c: 3 }, "logs-narrow-default"));
  await client.json("PUT", "/_index_template/sealed", {
    ...(template({ "index.default_pipeline": "none" }) as object),
    index_patterns: ["logs-sealed-*"],
  });
  await recorder.ask("a template whose pipeline is missing", "POST", bulk, create("1", {}, "logs-sealed-default"));
  await client.json("PUT", "/_index_template/plain", { index_patterns: ["logs-plain-*"], priority: 500 });
  if (isElastic)
    await recorder.ask("a template without data stream", "POST", bulk, create("1", {}, "logs-plain-default"));
  else await recorder.ask("make a stream by a template without data stream", "PUT", "/_data_stream/logs-plain-default");

  await recorder.ask(
    "a body beyond http.max_content_length",
    "POST",
    bulk,
    create("1", { text: "x".repeat(3 * 2 ** 20) }),
  );
  await recorder.ask(
    "a body beyond indexing_pressure.memory.limit",
    "POST",
    bulk,
    create("1", { text: "x".repeat(1.5 * 2 ** 20) }),
  );
  recorder.note("a write queue that is full", await rejected(client, bulk));
  if (isElastic) await recordRefusals(recorder, cluster, bulk);
  return recorder.answers;
}

/** Sends bulks at once until one of them gets an item rejected. */
async function rejected(client: ServerClient, bulk: string): Promise<Answer> {
  for (let round = 0; round < 50; round++) {
    const bodies = Array.from(
      { length: 20 },
      (_, index) => create(`queue ${round} ${index} a`) + create(`queue ${round} ${index} b`),
    );
    const answers = await Promise.all(bodies.map((body) => client.send("POST", bulk, body)));
    const found = answers.find(({ text }) => text.includes("rejected"));
    if (found !== undefined) return found;
  }
  throw new Error("no bulk was rejected");
}

async function recordRefusals(recorder: Recorder, cluster: Cluster, bulk: string): Promise<void> {
  const as = (user: string, password: string): ServerClient =>
    new ServerClient({ ...cluster.client().target, credentials: { user, password } });
  recorder.note("another password", await as(READER.user, "another").send("POST", bulk, create("1")));
  const reader = as(READER.user, READER.password);
  recorder.note("a user who may only read", await reader.send("POST", bulk, create("1")));
  recorder.note("a user who may not refresh", await reader.send("POST", `/${STREAM}/_refresh`));
  recorder.note("a user who may not search", await reader.send("POST", "/other/_search", { size: 1 }));
  const bearer = new ServerClient({ ...cluster.client().target, credentials: undefined });
  recorder.note("a token that is none", await bearer.send("POST", bulk, create("1"), { authorization: "Bearer none" }));
  recorder.note(
    "a key that is none",
    await bearer.send("POST", bulk, create("1"), { authorization: "ApiKey bm9uZTpub25l" }),
  );
  recorder.note("no credentials", await bearer.send("POST", bulk, create("1")));
}

const folder = join(ROOT, "test", "ship", "answers");
mkdirSync(folder, { recursive: true });
for (const release of SERVER_RELEASES) {
  const secure = release.product === "elasticsearch";
  const cluster = await Cluster.start({ release, secure, settings: SMALL, users: [READER], roles: ROLES });
  try {
    const answers = await record(cluster);
    const lines = Object.entries(answers).map(
      ([name, answer]) => `  ${JSON.stringify(name)}: ${JSON.stringify(answer)}`,
    );
    writeFileSync(join(folder, `${release.name}.json`), `{\n${lines.join(",\n")}\n}\n`);
    console.log(`${release.name} ${release.version}: ${lines.length} answers`);
  } finally {
    await cluster.remove();
  }
}
