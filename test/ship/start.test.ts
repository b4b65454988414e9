import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { parseConfig } from "../../src/config/load.js";
import type { Config } from "../../src/config/schema.js";
import type { Origin } from "../../src/detect/origin.js";
import { heartbeatDocument, type Pulse } from "../../src/health/heartbeat.js";
import { AlertLog } from "../../src/log/writer.js";
import { openReaders, startShipping, type Shipper } from "../../src/ship/start.js";
import { FakeElastic } from "./fake_elastic.js";
import { alertLine, TestServer, until } from "./support.js";

const ORIGIN: Origin = {
  agent: { version: "1.2.3", id: "agent", ephemeralId: "run" },
  host: undefined,
  tags: ["dmz"],
  labels: {},
};

const PULSE: Pulse = {
  lane: "kernel",
  rules: 9,
  execs: 10,
  matches: 2,
  alerts: 1,
  losses: { ring_full: 3 },
  waiting: { lines: 1, bytes: 100, refused: 0 },
  sinks: [],
  started: Date.UTC(2026, 0, 1),
};

describe("shipping", () => {
  let folder: string;
  let elastic: FakeElastic;
  let server: TestServer;

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), "wallwatch-shipping-"));
    elastic = new FakeElastic();
    server = await TestServer.start((request) => elastic.answer(request));
  });

  afterEach(async () => {
    await server.stop();
    rmSync(folder, { recursive: true });
  });

  const heartbeat = () => heartbeatDocument(PULSE, ORIGIN, Date.now());

  function configOf(sinks: string): Config {
    return parseConfig(`log.path = "${folder}/alerts.ndjson"\nstate.path = "${folder}/state"\n${sinks}`, "w.toml");
  }

  const siem = (): Config => configOf(`[sinks.siem]\ntype = "elasticsearch"\nhosts = ["${server.url}"]\n`);

  async function start(config: Config): Promise<{ log: AlertLog; shipper: Shipper | undefined }> {
    const { path, memory, segment_size: segmentSize, segment_age: segmentAge, disk } = config.log;
    const segments = { segmentSize, segmentAge, disk };
    const log = await AlertLog.open({ path, memory, segments, state: config.state.path, events: {} });
    return { log, shipper: await startShipping(config, await openReaders(config, log), {}, heartbeat) };
  }

  function append(log: AlertLog, ...ids: string[]): void {
    for (const id of ids) log.append({ line: Buffer.from(`${alertLine(id)}\n`), subject: "rule", isAlert: true });
  }

  it("brings what is appended to the log to its sinks, and goes on there after a restart", async () => {
    const first = await start(siem());
    append(first.log, "a", "b");
    await until("both to arrive", () => elastic.ids().length === 2);
    await first.shipper?.close(5000);
    append(first.log, "c");
    await first.log.close(5000);
    const second = await start(siem());
    await until("the third to arrive", () => elastic.ids().length === 3);
    append(second.log, "d");
    await second.shipper?.close(5000);
    await second.log.close(5000);
    assert.deepEqual(elastic.ids(), ["a", "b", "c", "d"]);
  });

  it("sends a heartbeat at the start", async () => {
    const { log, shipper } = await start(siem());
    await until("a heartbeat", () => elastic.ids("logs-wallwatch.health-default").length === 1);
    await shipper?.close(5000);
    await log.close(5000);
  });

  it("is not there where there are no sinks", async () => {
    const { log, shipper } = await start(configOf(""));
    assert.equal(shipper, undefined);
    await log.close(5000);
  });
});

describe("the heartbeat", () => {
  it("tells how the agent is, under an id of its own each time", () => {
    const now = Date.UTC(2026, 0, 1, 0, 1);
    const document = heartbeatDocument(PULSE, ORIGIN, now) as {
      event: { id: string; action: string; dataset: string; start: string };
      wallwatch: { heartbeat: object };
    };
    assert.equal(document.event.action, "heartbeat");
    assert.equal(document.event.dataset, "wallwatch.health");
    assert.equal(document.event.start, "2026-01-01T00:00:00.000Z");
    assert.deepEqual(document.wallwatch.heartbeat, {
      lane: "kernel",
      rules: 9,
      execs: 10,
      matches: 2,
      alerts: 1,
      losses: [{ reason: "ring_full", count: 3 }],
      log: { waiting: 1, refused: 0 },
      sinks: [],
    });
    const next = heartbeatDocument(PULSE, ORIGIN, now + 1) as typeof document;
    assert.notEqual(next.event.id, document.event.id);
  });
});
