import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { parseConfig } from "../../src/config/load.js";
import { resend } from "../../src/ship/resend.js";
import { Shipper, type ShipperOptions } from "../../src/ship/shipper.js";
import { FakeElastic } from "./fake_elastic.js";
import { alertLine, FakeReader, healthLine, TestServer, until, type Handler } from "./support.js";

const ALERTS = "logs-wallwatch.alert-default";
const HEALTH = "logs-wallwatch.health-default";
const DELAYS = { first: 5, most: 20 };

describe("the shipper", () => {
  let folder: string;
  let elastic: FakeElastic;
  let server: TestServer;
  let shipper: Shipper | undefined;
  let told: string[];

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), "wallwatch-ship-"));
    elastic = new FakeElastic();
    server = await TestServer.start((request) => elastic.answer(request));
    told = [];
  });

  afterEach(async () => {
    await shipper?.close(1000);
    await server.stop();
    rmSync(folder, { recursive: true });
  });

  async function ship(toml: string, reader: FakeReader, options: ShipperOptions = {}): Promise<Shipper> {
    const config = parseConfig(`log.path = "${folder}/alerts.ndjson"\n${toml}`, "w.toml");
    shipper = await Shipper.open(
      config,
      () => Promise.resolve(reader),
      {
        sinkHolds: (name, reason) => told.push(`${name} holds: ${reason}`),
        sinkGoesOn: (name) => told.push(`${name} goes on`),
        deadLetters: (name, letters, dropped) => told.push(`${name} dead: ${letters.length}, ${dropped} dropped`),
      },
      { delays: DELAYS, ...options },
    );
    return shipper;
  }

  const siem = (more = "", type = "elasticsearch"): string =>
    `[sinks.siem]\ntype = "${type}"\nhosts = ["${server.url}"]\n${more}`;

  /** The first requests are answered by these, the rest by the fake. */
  function first(...handlers: Handler[]): void {
    server.handler = (request) => (handlers.shift() ?? ((other) => elastic.answer(other)))(request);
  }

  function letters(): { sink: string; reason: string; line: string }[] {
    const text = readFileSync(`${folder}/dead-letters.ndjson`, "utf8");
    return text
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as { sink: string; reason: string; line: string });
  }

  it("brings alerts and health documents into their data streams under their ids, as they are", async () => {
    const reader = new FakeReader([alertLine("a", "grüße"), healthLine("h"), alertLine("b")]);
    await ship(siem(), reader);
    await until("all of it to be committed", () => reader.committed.length === 3);
    assert.deepEqual(elastic.ids(ALERTS), ["a", "b"]);
    assert.deepEqual(elastic.ids(HEALTH), ["h"]);
    assert.equal(elastic.streams.get(ALERTS)?.[0]?.get("a"), alertLine("a", "grüße"));
    const [request] = server.received;
    assert.match(request?.path ?? "", /^\/_bulk\?.*require_data_stream=true/);
    assert.equal(request?.headers["content-type"], "application/x-ndjson");
  });

  it("compresses what is worth it", async () => {
    const reader = new FakeReader([alertLine("a", "x".repeat(5000))]);
    await ship(siem(), reader);
    await until("it to be committed", () => reader.committed.length === 1);
    assert.equal(server.received[0]?.headers["content-encoding"], "gzip");
    assert.ok(Number(server.received[0].headers["content-length"]) < 1000);
    assert.deepEqual(elastic.ids(), ["a"]);
  });

  it("sends no second copy of what arrived before the connection was cut, not even after a rollover", async () => {
    first((request) => {
      elastic.answer(request);
      elastic.rollOver();
      return "cut";
    });
    const reader = new FakeReader([alertLine("a"), alertLine("b")]);
    await ship(siem(), reader);
    await until("both to be committed", () => reader.committed.length === 2);
    assert.deepEqual(elastic.ids().sort(), ["a", "b"]);
    assert.ok(told[0]?.startsWith("siem holds: "));
    assert.deepEqual(told.slice(1), ["siem goes on"]);
  });

  it("looks up what an earlier run may have sent", async () => {
    elastic.streams.set(ALERTS, [new Map([["a", ""]]), new Map<string, string>()]);
    const reader = new FakeReader([alertLine("a"), alertLine("b")], true);
    await ship(siem(), reader);
    await until("both to be committed", () => reader.committed.length === 2);
    assert.deepEqual(elastic.ids(), ["a", "b"]);
  });

  it("holds while the template is missing, tells once, and goes on when it is there", async () => {
    elastic.templates.clear();
    const reader = new FakeReader([alertLine("a")]);
    const running = await ship(siem(), reader);
    await until("some tries", () => server.received.length > 3);
    assert.equal(reader.committed.length, 0);
    assert.equal(told.length, 1);
    assert.match(told[0] ?? "", /siem holds: item 404, index_not_found_exception \("wallwatch setup"/);
    assert.match(running.status[0]?.holding?.reason ?? "", /index_not_found/);
    elastic.templates.add(ALERTS);
    await until("it to be committed", () => reader.committed.length === 1);
    await until("the end of it to be told", () => told.at(-1) === "siem goes on");
    assert.equal(running.status[0]?.holding, undefined);
    assert.equal(running.status[0]?.sent, 1);
    assert.ok(running.status[0].retries >= 3);
  });

  it("looks the data stream up on OpenSearch, and never lets it become an index", async () => {
    elastic.templates.clear();
    const reader = new FakeReader([alertLine("a")]);
    await ship(siem("", "opensearch"), reader);
    await until("some tries", () => server.received.length > 3);
    assert.ok(server.received.every(({ path }) => path.startsWith("/_data_stream/")));
    assert.match(told[0] ?? "", /has no index template/);
    elastic.templates.add(ALERTS);
    await until("it to be committed", () => reader.committed.length === 1);
    assert.deepEqual(elastic.ids(), ["a"]);
    assert.ok(server.received.every(({ path }) => !path.includes("require_data_stream")));
  });

  it("lays aside what is at fault itself, with the reason, and goes on with the rest", async () => {
    elastic.isBad = (line) => line.includes('"b"');
    const reader = new FakeReader([alertLine("a"), alertLine("b"), '{"no":"id"}', "not JSON", alertLine("c")]);
    await ship(siem(), reader);
    await until("all of it to be committed", () => reader.committed.length === 5);
    assert.deepEqual(elastic.ids(), ["a", "c"]);
    assert.deepEqual(
      letters().map(({ sink, reason, line }) => [sink, reason, line]),
      [
        ["siem", "the document has no event.id", '{"no":"id"}'],
        ["siem", "the line is not JSON", "not JSON"],
        ["siem", "item 400, document_parsing_exception: bad", alertLine("b")],
      ],
    );
    assert.equal(shipper?.status[0]?.deadLetters, 3);
  });

  it("knows whether what it laid aside was sent again", async () => {
    elastic.isBad = (line) => line.includes('"a"') || line.includes('"b"');
    const reader = new FakeReader([alertLine("a"), alertLine("b")]);
    const running = await ship(siem(), reader);
    const left = async (): Promise<number | undefined> => {
      await running.lookAtDeadLetters();
      return running.status[0]?.deadLettersLeft;
    };
    await until("both to be committed", () => reader.committed.length === 2);
    assert.equal(await left(), 2);
    const { sinks } = parseConfig(siem(), "w.toml");
    const options = { path: `${folder}/dead-letters.ndjson`, sinks, only: undefined, delays: DELAYS };
    elastic.isBad = (line) => line.includes('"b"');
    await resend(options);
    assert.equal(await left(), 2, "one was refused once more");
    elastic.isBad = () => false;
    await resend(options);
    assert.equal(await left(), 0);
    assert.equal(running.status[0]?.deadLetters, 2);
  });

  it("does not take for sent what it had no room to lay aside", async () => {
    elastic.isBad = () => true;
    writeFileSync(`${folder}/dead-letters.ndjson`, "");
    truncateSync(`${folder}/dead-letters.ndjson`, 64 * 2 ** 20);
    const reader = new FakeReader([alertLine("a")]);
    const running = await ship(siem(), reader);
    await until("it to be committed", () => reader.committed.length === 1);
    assert.deepEqual(told, ["siem dead: 1, 1 dropped"]);
    rmSync(`${folder}/dead-letters.ndjson`);
    await running.lookAtDeadLetters();
    assert.equal(running.status[0]?.deadLettersLeft, 1);
  });

  it("holds rather than lose a letter that the disk does not take", async () => {
    elastic.isBad = () => true;
    rmSync(folder, { recursive: true });
    const reader = new FakeReader([alertLine("a")]);
    await ship(siem(), reader);
    await until("the trouble to be told", () => told.length > 0);
    assert.match(told[0] ?? "", /ENOENT/);
    assert.equal(reader.committed.length, 0);
    mkdirSync(folder);
    await until("it to be committed", () => reader.committed.length === 1);
    assert.equal(letters().length, 1);
  });

  it("sends no second copy of what arrived beside a letter that the disk does not take, not even after a rollover", async () => {
    elastic.isBad = (line) => line.includes('"b"');
    rmSync(folder, { recursive: true });
    const reader = new FakeReader([alertLine("a"), alertLine("b")]);
    await ship(siem(), reader);
    await until("the trouble to be told", () => told.length > 0);
    elastic.rollOver();
    mkdirSync(folder);
    await until("both to be committed", () => reader.committed.length === 2);
    assert.deepEqual(elastic.ids(), ["a"]);
    assert.equal(letters().length, 1);
  });

  it("does not let a rotated token throw alerts away, and reads the new one", async () => {
    const token = join(folder, "token");
    writeFileSync(token, "old", { mode: 0o600 });
    server.handler = (request) =>
      request.headers.authorization === "Bearer new"
        ? elastic.answer(request)
        : { status: 401, body: { error: { type: "security_exception", reason: "missing credentials" }, status: 401 } };
    const reader = new FakeReader([alertLine("a")]);
    await ship(siem(`token_file = "${token}"\n`), reader);
    await until("it to be refused", () => told.length > 0);
    assert.equal(told[0], "siem holds: HTTP 401, security_exception: missing credentials");
    writeFileSync(token, "new");
    await until("it to be committed", () => reader.committed.length === 1);
    assert.deepEqual(elastic.ids(), ["a"]);
  });

  it("does as it is asked by Retry-After, and does not call a pace trouble", async () => {
    first(() => ({ status: 429, headers: { "retry-after": "1" } }));
    const reader = new FakeReader([alertLine("a")]);
    const begin = performance.now();
    await ship(siem(), reader);
    await until("it to be committed", () => reader.committed.length === 1);
    assert.ok(performance.now() - begin >= 990);
    assert.deepEqual(told, []);
  });

  it("splits what the server finds too large", async () => {
    server.handler = (request) => (request.body.length > 800 ? { status: 413 } : elastic.answer(request));
    const lines = Array.from({ length: 10 }, (_, index) => alertLine(`a${index}`));
    const reader = new FakeReader(lines);
    await ship(siem(), reader);
    await until("all of it to be committed", () => reader.committed.length === 10);
    assert.deepEqual(
      elastic.ids(),
      lines.map((_, index) => `a${index}`),
    );
    assert.deepEqual(told, []);
  });

  it("sends heartbeats between the batches, and health documents only where they are wanted", async () => {
    const heartbeat = (): Record<string, unknown> => JSON.parse(healthLine("beat")) as Record<string, unknown>;
    const reader = new FakeReader([healthLine("h"), alertLine("a")]);
    await ship(siem(), reader, { heartbeat });
    await until("all of it to be committed", () => reader.committed.length === 2);
    shipper?.offerHealth(JSON.parse(healthLine("offered")) as Record<string, unknown>);
    await until("what was offered", () => elastic.ids(HEALTH).includes("offered"));
    assert.deepEqual(elastic.ids(HEALTH), ["beat", "h", "offered"]);
    await shipper?.close(1000);
    const quiet = new FakeReader([healthLine("h2"), alertLine("b")]);
    await ship(siem("health = false\n"), quiet, { heartbeat });
    await until("all of it to be committed", () => quiet.committed.length === 2);
    assert.deepEqual(elastic.ids(HEALTH), ["beat", "h", "offered"]);
    assert.deepEqual(elastic.ids(), ["a", "b"]);
  });

  it("does not let a heartbeat that is refused keep an alert waiting", async () => {
    elastic.templates.delete(HEALTH);
    const heartbeat = (): Record<string, unknown> => JSON.parse(healthLine("beat")) as Record<string, unknown>;
    const reader = new FakeReader();
    await ship(siem(), reader, { heartbeat });
    await until("it to be refused", () => told.length > 0);
    assert.match(told[0] ?? "", /^siem holds: item 404/);
    reader.append(alertLine("a"));
    await until("the alert to be committed", () => reader.committed.length === 1);
    assert.deepEqual(elastic.ids(), ["a"]);
  });

  it("goes on after the cursor could not be written", async () => {
    const reader = new FakeReader([alertLine("a")]);
    reader.commitError = new Error("no space left");
    first((request) => {
      const reply = elastic.answer(request);
      elastic.rollOver();
      return reply;
    });
    await ship(siem(), reader);
    await until("it to be committed", () => reader.committed.length === 1);
    assert.deepEqual(elastic.ids(), ["a"], "it is looked up before it is sent again");
    assert.deepEqual(told, ["siem holds: no space left", "siem goes on"]);
  });

  it("lets one sink hang without the other", async () => {
    const other = await TestServer.start(() => new Promise(() => undefined));
    try {
      const readers: Record<string, FakeReader> = {
        siem: new FakeReader([alertLine("a")]),
        slow: new FakeReader([alertLine("a")]),
      };
      const slow = `[sinks.slow]\ntype = "http"\nurl = "${other.url}"\n`;
      const config = parseConfig(`log.path = "${folder}/alerts.ndjson"\n${slow}${siem()}`, "w.toml");
      shipper = await Shipper.open(config, (name) => Promise.resolve(readers[name] ?? new FakeReader()), {});
      await until("the one to be committed", () => readers["siem"]?.committed.length === 1);
      await until("the other to be asked", () => other.received.length === 1);
      await shipper.close(10);
      assert.equal(readers["slow"]?.committed.length, 0);
    } finally {
      await other.stop();
    }
  });

  it("sends what waits before it closes", async () => {
    const reader = new FakeReader();
    await ship(siem("batch_lines = 1\n"), reader);
    reader.append(...Array.from({ length: 20 }, (_, index) => alertLine(`a${index}`)));
    await shipper?.close(10_000);
    assert.equal(reader.committed.length, 20);
    assert.equal(elastic.ids().length, 20);
  });

  it("does not wait at its end for a sink that holds", async () => {
    server.handler = () => ({ status: 401 });
    const reader = new FakeReader([alertLine("a")]);
    await ship(siem(), reader);
    await until("it to hold", () => told.length > 0);
    const begin = performance.now();
    await shipper?.close(60_000);
    assert.ok(performance.now() - begin < 10_000);
    assert.equal(reader.committed.length, 0);
  });

  describe("to a server that takes JSON", () => {
    const lines = [alertLine("a"), alertLine("b")];

    async function bodies(more: string): Promise<string[]> {
      server.handler = () => ({ status: 200, body: { text: "Success", code: 0 } });
      const reader = new FakeReader(lines);
      await ship(`[sinks.hook]\ntype = "http"\nurl = "${server.url}/in?x=1"\ncompression = false\n${more}`, reader);
      await until("all of it to be committed", () => reader.committed.length === 2);
      assert.ok(server.received.every(({ path, method }) => path === "/in?x=1" && method === "POST"));
      return server.received.map(({ body }) => body);
    }

    it("posts an array", async () => assert.deepEqual(await bodies(""), [`[${lines.join(",")}]`]));

    it("posts lines", async () => {
      assert.deepEqual(await bodies('format = "ndjson"\n'), [`${lines.join("\n")}\n`]);
      assert.equal(server.received[0]?.headers["content-type"], "application/x-ndjson");
    });

    it("posts one after the other, with headers", async () => {
      assert.deepEqual(await bodies('format = "single"\nheaders = { x-team = "blue" }\n'), lines);
      assert.equal(server.received[0]?.headers["x-team"], "blue");
    });

    it("posts in Splunk's envelope", async () => {
      process.env["TEST_HEC_TOKEN"] = "t0ken";
      const [body = ""] = await bodies('envelope = "splunk-hec"\nsplunk_index = "sec"\ntoken_env = "TEST_HEC_TOKEN"\n');
      delete process.env["TEST_HEC_TOKEN"];
      assert.equal(server.received[0]?.headers.authorization, "Splunk t0ken");
      const events = body.trimEnd().split("\n");
      assert.deepEqual(JSON.parse(events[0] ?? ""), {
        time: 1767323045.678,
        host: "h1",
        source: "wallwatch",
        sourcetype: "wallwatch",
        index: "sec",
        event: JSON.parse(lines[0] ?? "") as unknown,
      });
      assert.equal(events.length, 2);
    });

    it("sends again what may have arrived", async () => {
      let count = 0;
      server.handler = () => (count++ === 0 ? "cut" : { status: 200 });
      const reader = new FakeReader(lines);
      await ship(`[sinks.hook]\ntype = "http"\nurl = "${server.url}"\n`, reader);
      await until("all of it to be committed", () => reader.committed.length === 2);
      assert.equal(server.received.length, 3); // both, then each
    });
  });
});
