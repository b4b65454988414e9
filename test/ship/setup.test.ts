import assert from "node:assert/strict";

import { EXEC_FIELDS } from "../../src/ecs/fields.js";
import { parseConfig } from "../../src/config/load.js";
import { ecsMapping } from "../../src/ship/mapping.js";
import { examineSink } from "../../src/ship/examine.js";
import { installTemplates } from "../../src/ship/setup.js";
import { clientOf, streamsOf } from "../../src/ship/targets.js";
import { sendTestAlert, testAlert } from "../../src/ship/test_alert.js";
import { FakeElastic } from "./fake_elastic.js";
import { TestServer, type Handler } from "./support.js";

interface Node {
  readonly type?: string;
  readonly ignore_above?: number;
  readonly properties?: Readonly<Record<string, Node>>;
}

function leaves(properties: Readonly<Record<string, Node>>, prefix = ""): Map<string, Node> {
  const all = new Map<string, Node>();
  for (const [key, node] of Object.entries(properties)) {
    if (node.type !== undefined) all.set(`${prefix}${key}`, node);
    for (const [name, leaf] of leaves(node.properties ?? {}, `${prefix}${key}.`)) all.set(name, leaf);
  }
  return all;
}

describe("the mapping", () => {
  const { properties } = ecsMapping(true) as { properties: Record<string, Node> };
  const fields = leaves(properties);

  it("has every field of an exec, none below a value", () => {
    for (const name of EXEC_FIELDS.keys()) assert.ok(fields.has(name), name);
    for (const name of fields.keys()) {
      const above = name.split(".").slice(0, -1);
      for (let end = above.length; end > 0; end--) assert.ok(!fields.has(above.slice(0, end).join(".")), name);
    }
  });

  it("gives the types of ECS", () => {
    const types = [
      "@timestamp date",
      "process.pid long",
      "process.start date",
      "process.args keyword",
      "process.parent.command_line wildcard",
      "process.entry_leader.entry_meta.source.ip ip",
      "source.ip ip",
      "source.address keyword",
      "host.ip ip",
      "event.severity long",
      "wallwatch.capture.latency_ms double",
      "wallwatch.capture.args_whole boolean",
      "wallwatch.process.namespace.net long",
      "wallwatch.alert.id keyword",
      "wallwatch.ancestors.pid long",
    ];
    for (const line of types) {
      const [name = "", type] = line.split(" ");
      assert.equal(fields.get(name)?.type, type, name);
    }
  });

  it("lets no keyword be so long that Lucene refuses the document", () => {
    for (const [name, { type, ignore_above: limit }] of fields) {
      if (type === "keyword") assert.ok((limit ?? Infinity) * 4 <= 32_766, name);
    }
  });

  it("does without wildcard where the server has none", () => {
    const plain = leaves((ecsMapping(false) as { properties: Record<string, Node> }).properties);
    assert.equal(plain.get("process.command_line")?.type, "keyword");
    assert.equal(plain.size, fields.size);
  });
});

const ACKNOWLEDGED = { acknowledged: true };

describe("setting a sink up", () => {
  let server: TestServer;
  let elastic: FakeElastic;
  const never = new AbortController().signal;

  beforeEach(async () => {
    elastic = new FakeElastic();
    server = await TestServer.start((request) => elastic.answer(request));
  });

  afterEach(() => server.stop());

  function sink(type = "elasticsearch", more = "") {
    const address = type === "http" ? `url = "${server.url}"` : `hosts = ["${server.url}"]`;
    const { siem } = parseConfig(`[sinks.siem]\ntype = "${type}"\n${address}\n${more}`, "w.toml").sinks;
    assert.ok(siem);
    return siem;
  }

  async function install(handler: Handler) {
    server.handler = handler;
    const client = clientOf(sink());
    try {
      return await installTemplates(client, streamsOf(sink()), never);
    } finally {
      client.close();
    }
  }

  it("installs a template for each data stream", async () => {
    const installed = await install(() => ({ status: 200, body: ACKNOWLEDGED }));
    assert.deepEqual(
      installed.map(({ name, problem }) => [name, problem]),
      [
        ["logs-wallwatch.alert-default", undefined],
        ["logs-wallwatch.health-default", undefined],
      ],
    );
    const [first] = server.received;
    assert.equal(`${first?.method ?? ""} ${first?.path ?? ""}`, "PUT /_index_template/logs-wallwatch.alert-default");
    const template = JSON.parse(first?.body ?? "") as Record<string, unknown>;
    assert.deepEqual(template["data_stream"], {});
    assert.deepEqual(template["index_patterns"], ["logs-wallwatch.alert-default"]);
  });

  it("does without wildcard where the server refuses it", async () => {
    const error = {
      type: "illegal_argument_exception",
      reason: "invalid",
      caused_by: { reason: "No handler for type [wildcard]" },
    };
    const installed = await install(({ body }) =>
      body.includes("wildcard") ? { status: 400, body: { error } } : { status: 200, body: ACKNOWLEDGED },
    );
    assert.ok(installed.every(({ problem, isPlain }) => problem === undefined && isPlain));
    assert.equal(server.received.length, 4);
  });

  it("is not deceived by something else that answers", async () => {
    const [first] = await install(() => ({ status: 200, body: "<html>Welcome</html>" }));
    assert.match(first?.problem ?? "", /^HTTP 200, but this is not Elasticsearch/);
  });

  it("says why it is not installed", async () => {
    const error = { type: "security_exception", reason: "action [put] is unauthorized" };
    const [first] = await install(() => ({ status: 403, body: { error } }));
    assert.equal(first?.problem, "HTTP 403, security_exception: action [put] is unauthorized");
  });

  describe("is examined", () => {
    async function found(more = "", type = "elasticsearch"): Promise<string[]> {
      const findings = await examineSink(sink(type, more), never);
      return findings.map(({ status, detail }) => `${status} ${detail}`);
    }

    it("where all is well", async () => {
      server.handler = (request) => {
        if (request.path.startsWith("/_resolve/index/")) return { status: 200, body: { data_streams: [{}] } };
        const granted = { create_doc: true, auto_configure: true, read: true, maintenance: true };
        const { index } = JSON.parse(request.body) as { index: { names: string[] }[] };
        return { status: 200, body: { index: { [index[0]?.names[0] ?? ""]: granted } } };
      };
      assert.deepEqual(await found("health = false\n"), [
        "ok data stream logs-wallwatch.alert-default is there",
        "ok may write to logs-wallwatch.alert-default, and look up what has arrived",
      ]);
    });

    it("where privileges are missing", async () => {
      server.handler = (request) =>
        request.path.startsWith("/_resolve/index/")
          ? { status: 200, body: { data_streams: [{}] } }
          : { status: 200, body: { index: {} } };
      assert.match(
        (await found("health = false\n"))[1] ?? "",
        /^failed .*create_doc, auto_configure, read, maintenance are missing/,
      );
    });

    it("where something else answers", async () => {
      const headers = { "content-type": "text/html" };
      server.handler = () => ({ status: 200, headers, body: "<html>Welcome</html>" });
      const { host } = new URL(server.url);
      assert.deepEqual(await found(), [`failed ${host} is not Elasticsearch: it answers HTTP 200 (text/html)`]);
      server.handler = () => ({ status: 200, body: { hello: "world" } });
      assert.deepEqual(await found("", "opensearch"), [`failed ${host} is not OpenSearch: it answers HTTP 200`]);
    });

    it("where OpenSearch does not let the data stream be looked up: then nothing would be sent", async () => {
      server.handler = () => ({ status: 403 });
      assert.match(
        (await found("health = false\n", "opensearch"))[0] ?? "",
        /^failed data stream .* cannot be looked up/,
      );
    });

    it("where the proxy is not there, or wants a password", async () => {
      const none = { ...sink("elasticsearch"), hosts: ["https://es.example:9200"], proxy: "http://127.0.0.1:1" };
      const [refused] = await examineSink(none, never);
      assert.match(refused?.detail ?? "", /^es\.example:9200 by way of the proxy 127\.0\.0\.1:1: .*ECONNREFUSED/);
      assert.match(refused?.cure ?? "", /^Is 127\.0\.0\.1:1 the proxy that is meant/);
      server.handler = () => ({ status: 407 });
      const [asked] = await examineSink({ ...none, hosts: ["http://es.example:9200"], proxy: server.url }, never);
      assert.match(asked?.cure ?? "", /^The proxy wants a user and a password/);
    });

    it("where no template is there", async () => {
      server.handler = ({ path }) => (path.startsWith("/_index_template") ? { status: 200 } : { status: 404 });
      const [first] = await found("health = false\n", "opensearch");
      assert.equal(first, "failed logs-wallwatch.alert-default has no index template: the queue would hold");
    });

    it("where the template with the highest priority makes no data stream", async () => {
      const template = (pattern: string, priority: number, stream?: object): object => ({
        index_template: { index_patterns: [pattern], priority, ...(stream && { data_stream: stream }) },
      });
      const templates = [template("logs-*-*", 100, {}), template("logs-wallwatch*", 200), template("*", 0, {})];
      server.handler = ({ path }) =>
        path.startsWith("/_index_template") ? { status: 200, body: { index_templates: templates } } : { status: 404 };
      const [first] = await found("health = false\n", "opensearch");
      assert.match(first ?? "", /^failed .*has an index template without data_stream/);
    });

    it("where a secret would go without TLS", async () => {
      const plain = sink("elasticsearch", 'token_env = "NONE"\n');
      const [first] = await examineSink({ ...plain, hosts: ["http://[::ffff:127.0.0.1]:1"] }, never);
      assert.equal(first?.status, "warning");
      assert.match(first.detail, /secret goes to .* without TLS/);
      const [local] = await examineSink(plain, never);
      assert.equal(local?.status, "failed");
    });

    it("where credentials are wrong, or nothing listens", async () => {
      server.handler = () => ({ status: 401 });
      assert.match((await found())[0] ?? "", /^failed HTTP 401/);
      assert.match((await found("", "http"))[0] ?? "", /^failed .*HTTP 401/);
      server.handler = () => ({ status: 302 });
      assert.match((await found("", "http"))[0] ?? "", /redirect, which is not followed/);
    });
  });

  it("sends a test alert that says what it is, and finds it again", async () => {
    const alert = testAlert(parseConfig('tags = ["dmz"]\n', "w.toml"));
    const finding = await sendTestAlert(sink(), alert, never);
    assert.deepEqual(finding, {
      status: "ok",
      detail: `the test alert is in logs-wallwatch.alert-default as ${alert.id}`,
    });
    const document = JSON.parse(elastic.streams.get("logs-wallwatch.alert-default")?.[0]?.get(alert.id) ?? "") as {
      tags: string[];
      wallwatch: { alert: { test: boolean } };
    };
    assert.deepEqual(document.tags, ["dmz", "wallwatch-test"]);
    assert.equal(document.wallwatch.alert.test, true);
    elastic.templates.clear();
    elastic.streams.clear();
    assert.equal((await sendTestAlert(sink(), alert, never)).status, "failed");
  });
});
