import assert from "node:assert/strict";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { AgentProcess } from "./agent_process.js";
import type { SourceOptions } from "./alert_source.js";
import { ChaosProxy } from "./chaos_proxy.js";
import type { ServerClient } from "./client.js";
import type { Cluster } from "./cluster.js";
import { alertId, isAtFault, numbersIn } from "./numbered_alerts.js";

const PAGE = 5000;
let proofs = 0;

export interface ProofOptions {
  readonly cluster: Cluster;
  /** Every so many alerts the mapping refuses one. */
  readonly faultEvery?: number;
  /** The password of the user `wallwatch` as which it logs in. */
  readonly secret?: string;
  /** Whether there is a template for the data stream from the beginning. */
  readonly template?: boolean;
  /** Whether the agent goes through a proxy that can make trouble, one for each node. */
  readonly throughProxy?: boolean;
}

/** One log, an agent that may die, a server that may die, and at the end the question whether everything is there once. */
export class Proof {
  readonly cluster: Cluster;
  readonly proxies: readonly ChaosProxy[];
  /** A data stream of its own: this distribution of Elasticsearch cannot delete one. */
  readonly stream = `logs-wallwatch.proof-${proofs++}`;
  readonly folder = mkdtempSync(join(tmpdir(), "wallwatch-proof-"));
  readonly #options: ProofOptions;
  agent: AgentProcess | undefined;

  private constructor(options: ProofOptions, proxies: readonly ChaosProxy[]) {
    this.#options = options;
    this.cluster = options.cluster;
    this.proxies = proxies;
  }

  static async begin(options: ProofOptions): Promise<Proof> {
    const { cluster, throughProxy = true, template = true } = options;
    const proxies = throughProxy ? await Promise.all(cluster.urls.map((url) => ChaosProxy.start(url))) : [];
    const proof = new Proof(options, proxies);
    proof.#writeConfiguration();
    if (template) await proof.installTemplate();
    return proof;
  }

  /** The configuration file. */
  get configuration(): string {
    return join(this.folder, "wallwatch.toml");
  }

  get logFolder(): string {
    return join(this.folder, "log");
  }

  /** The template of the data stream. @param replicas of each shard */
  async installTemplate(): Promise<void> {
    const replicas = this.cluster.nodes.length - 1;
    await this.cluster.client().json("PUT", `/_index_template/${this.stream}`, {
      index_patterns: [this.stream],
      priority: 500,
      data_stream: {},
      template: {
        settings: { number_of_shards: 1, number_of_replicas: replicas },
        mappings: {
          dynamic: false,
          properties: {
            "@timestamp": { type: "date" },
            event: { properties: { sequence: { type: "long" } } },
            process: { properties: { pid: { type: "long" } } },
          },
        },
      },
    });
  }

  async hasStream(): Promise<boolean> {
    return (await this.cluster.client().send("HEAD", `/${this.stream}`)).status === 200;
  }

  async rollOver(): Promise<void> {
    await this.cluster.client().json("POST", `/${this.stream}/_rollover`);
  }

  /** Settings of the data stream's backing indices. */
  async set(settings: Readonly<Record<string, unknown>>): Promise<void> {
    await this.cluster.client().json("PUT", `/${this.stream}/_settings`, settings);
  }

  /** As where the folder of the cursors is lost: everything is sent again. */
  forgetCursors(): void {
    rmSync(join(this.folder, "state"), { recursive: true });
    mkdirSync(join(this.folder, "state"), { mode: 0o750 });
  }

  /** The password that the agent reads. */
  writeSecret(password: string): void {
    writeFileSync(join(this.folder, "password"), password, { mode: 0o600 });
  }

  /** The authority that the agent trusts. @param certificate PEM; that of the cluster by default */
  trust(certificate = this.cluster.client().target.ca): void {
    if (certificate !== undefined) writeFileSync(join(this.folder, "authority.crt"), certificate);
  }

  /** Starts an agent that goes on until the log has `total` alerts. */
  async start(options: Omit<SourceOptions, "config">): Promise<AgentProcess> {
    const { faultEvery = 0 } = this.#options;
    const config = this.configuration;
    this.agent = await AgentProcess.start({ ...options, config }, { FAULT_EVERY: String(faultEvery) });
    return this.agent;
  }

  /**
   * Everything that the log holds is in the data stream, by the server's own count, each id exactly once; what the mapping refuses lies
   * with the dead letters and nowhere else.
   *
   * @param total the alerts that there must be
   */
  async assertComplete(total: number, client = this.cluster.client()): Promise<void> {
    const { faultEvery = 0 } = this.#options;
    const all = Array.from({ length: total }, (_, index) => index + 1);
    assert.deepEqual(differences(this.#numbersInLog(), all), NONE, "the log");
    const expected = all.filter((number) => !isAtFault(number, faultEvery)).map(alertId);
    await client.json("POST", `/${this.stream}/_refresh`);
    const { count } = await client.json<{ count: number }>("GET", `/${this.stream}/_count`);
    assert.deepEqual(differences(await storedIds(client, this.stream), expected), NONE, "the data stream");
    assert.equal(count, expected.length);
    const refused = all.filter((number) => isAtFault(number, faultEvery));
    assert.deepEqual(
      [...new Set(this.#numbersOfDeadLetters())].sort((a, b) => a - b),
      refused,
      "the dead letters",
    );
  }

  async end(): Promise<void> {
    await this.agent?.kill();
    await Promise.all(this.proxies.map((proxy) => proxy.close()));
    rmSync(this.folder, { recursive: true, force: true });
  }

  #numbersInLog(): number[] {
    return readdirSync(this.logFolder)
      .filter((name) => /^alerts.*\.ndjson$/.test(name))
      .flatMap((name) => numbersIn(readFileSync(join(this.logFolder, name))));
  }

  #numbersOfDeadLetters(): number[] {
    const path = join(this.logFolder, "dead-letters.ndjson");
    if (!existsSync(path)) return [];
    const letters = readFileSync(path, "utf8")
      .split("\n")
      .filter((text) => text !== "");
    return numbersIn(Buffer.from(letters.map((text) => (JSON.parse(text) as { line: string }).line).join("\n")));
  }

  #writeConfiguration(): void {
    const { secret } = this.#options;
    const { cluster, proxies } = this;
    for (const name of ["log", "state"]) mkdirSync(join(this.folder, name), { mode: 0o750 });
    const hosts = proxies.length > 0 ? proxies.map(({ url }) => url) : cluster.urls;
    let security = "";
    if (cluster.certificates !== undefined) {
      this.trust();
      security += `ca_file = ${JSON.stringify(join(this.folder, "authority.crt"))}\n`;
    }
    if (secret !== undefined) {
      this.writeSecret(secret);
      security += `username = "wallwatch"\npassword_file = ${JSON.stringify(join(this.folder, "password"))}\n`;
    }
    const text = `
log.path = ${JSON.stringify(join(this.logFolder, "alerts.ndjson"))}
log.segment_size = "2MiB"
log.disk = "1GiB"
state.path = ${JSON.stringify(join(this.folder, "state"))}

[sinks.siem]
type = "${cluster.release.product}"
hosts = ${JSON.stringify(hosts)}
alert_stream = "${this.stream}"
health_stream = "${this.stream}-health"
proxy = "none"
${security}
`;
    writeFileSync(this.configuration, text, { mode: 0o600 });
  }
}

const NONE = { missing: [], doubled: [], foreign: [] };

/** What of `expected` is missing, what is there more than once, and what should not be there; the first few of each. */
function differences<T>(found: readonly T[], expected: readonly T[]): Record<keyof typeof NONE, T[]> {
  const counts = new Map<T, number>();
  for (const each of found) counts.set(each, (counts.get(each) ?? 0) + 1);
  const wanted = new Set(expected);
  return {
    missing: expected.filter((each) => !counts.has(each)).slice(0, 5),
    doubled: [...counts]
      .filter(([, count]) => count > 1)
      .map(([each]) => each)
      .slice(0, 5),
    foreign: [...counts.keys()].filter((each) => !wanted.has(each)).slice(0, 5),
  };
}

/** The `_id` of every document of the data stream, as often as it is there. */
async function storedIds(client: ServerClient, stream: string): Promise<string[]> {
  const ids: string[] = [];
  for (let from = 0; ; from += PAGE) {
    const body = {
      size: 10_000,
      _source: false,
      query: { range: { "event.sequence": { gt: from, lte: from + PAGE } } },
    };
    const { hits } = await client.json<{ hits: { hits: { _id: string }[] } }>("POST", `/${stream}/_search`, body);
    ids.push(...hits.hits.map(({ _id: id }) => id));
    // A page without any may be a gap; the count tells whether there is more.
    const rest = { query: { range: { "event.sequence": { gt: from + PAGE } } } };
    const { count } = await client.json<{ count: number }>("POST", `/${stream}/_count`, rest);
    if (count === 0) return ids;
  }
}
