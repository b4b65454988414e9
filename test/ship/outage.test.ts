import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

import { parseConfig } from "../../src/config/load.js";
import { AlertLog } from "../../src/log/writer.js";
import { Shipper } from "../../src/ship/shipper.js";
import { FakeElastic } from "./fake_elastic.js";
import { SimulatedClock } from "./simulated_clock.js";
import { TestServer, until, type Reply } from "./support.js";

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const START = Date.UTC(2026, 0, 2);

/** Alerts that come every five minutes of the outage. */
const BURST = 20;
const BURSTS = 288;
/** Bytes of memory that may be used more after a day of outage than before it. The alerts have 12 MiB. */
const MORE_MEMORY = 4 * 2 ** 20;
/** What a server and what stands before it have to say while they are down, one after the other. */
const DOWN: readonly (Reply | "cut")[] = [
  { status: 503, headers: { "content-type": "text/html" }, body: "<html>No server is available</html>" },
  "cut",
  { status: 503, body: { error: { type: "cluster_block_exception", reason: "no master" }, status: 503 } },
  { status: 502 },
];

describe("an outage of a day", function () {
  this.timeout(120_000);
  let folder: string;
  let server: TestServer;
  let log: AlertLog;
  let shipper: Shipper;

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), "wallwatch-outage-"));
    const elastic = new FakeElastic();
    server = await TestServer.start((request) => elastic.answer(request));
  });

  afterEach(async () => {
    await shipper.close(0);
    await log.close(1000);
    await server.stop();
    rmSync(folder, { recursive: true });
  });

  it("costs little memory and few requests, says what waits since when, and nothing comes twice or never", async () => {
    const elastic = new FakeElastic();
    const clock = new SimulatedClock(START);
    const told: string[] = [];
    let requests = 0;
    server.handler = (request) => {
      server.received.length = 0;
      requests++;
      return DOWN[Math.floor(requests / 500) % DOWN.length] ?? elastic.answer(request);
    };
    // Nothing ever listens at the first of the hosts.
    const config = parseConfig(
      `log.path = "${folder}/alerts.ndjson"
       log.segment_size = "2MiB"
       state.path = "${folder}/state"
       [sinks.siem]
       type = "elasticsearch"
       hosts = ["http://127.0.0.1:1", "${server.url}"]
       proxy = "none"`,
      "w.toml",
    );
    log = await openLog(config);
    const reader = await log.openReader("siem");
    let beats = 0;
    shipper = await Shipper.open(
      config,
      () => Promise.resolve(reader),
      {
        sinkHolds: (_name, reason) => told.push(reason),
        sinkGoesOn: (_name, since) => told.push(`goes on after ${clock.now() - since} ms`),
      },
      { clock, heartbeat: () => heartbeat(beats++, clock.now()) },
    );

    const expected: string[] = [];
    const append = (count: number): Promise<void> => {
      for (let i = 0; i < count; i++) {
        expected.push(`a${expected.length}`);
        const line = Buffer.from(`${alert(expected.at(-1) ?? "", clock.now())}\n`);
        assert.ok(log.append({ line, subject: "rule", isAlert: true }));
      }
      return log.drained();
    };
    await append(BURST);
    await clock.runUntil(START + MINUTE);
    const before = memory();
    for (let burst = 1; burst < BURSTS; burst++) {
      await clock.runUntil(START + burst * 5 * MINUTE);
      await append(BURST);
    }
    await clock.runUntil(START + 24 * HOUR);

    const [status] = shipper.status;
    assert.ok(status);
    const more = memory() - before;
    assert.ok(more < MORE_MEMORY, `${more} bytes more`);
    assert.deepEqual(elastic.ids(), []);
    assert.equal(status.sent, 0);
    assert.equal(status.waiting.lines, BURSTS * BURST);
    assert.equal(status.waiting.oldest, START);
    assert.ok((status.holding?.since ?? Infinity) - START < SECOND, "it holds since the first try");
    assert.ok(START + 24 * HOUR - (status.lastError?.at ?? 0) <= 30 * SECOND, "the last error is of now");
    // Every 30 s at the most, and by chance up to half of that earlier.
    assert.ok(
      clock.waits >= (24 * HOUR) / (30 * SECOND) && clock.waits <= (24 * HOUR) / (15 * SECOND),
      `${clock.waits}`,
    );
    assert.ok(status.retries <= clock.waits + 10, `${status.retries} retries`);
    assert.ok(told.length <= 20, `what it holds for is told when it changes: ${told.length} times`);

    server.handler = (request) => elastic.answer(request);
    clock.jumpTo(START + 24 * HOUR + 30 * SECOND);
    await until("all has arrived", () => reader.waiting.lines === 0);
    assert.deepEqual(elastic.ids(), expected);
    assert.ok(/^goes on after 864\d{5} ms$/.test(told.at(-1) ?? ""), told.at(-1));
    const [after] = shipper.status;
    assert.equal(after?.holding, undefined);
    assert.deepEqual(after?.waiting, { lines: 0, bytes: 0, oldest: undefined });
    // Of a day's heartbeats only the latest are worth anything.
    assert.ok(elastic.ids("logs-wallwatch.health-default").length <= 10 && beats >= 1440);
  });

  function openLog({ log: { path, memory: most, segment_size: segmentSize, disk }, state }: Config): Promise<AlertLog> {
    const segments = { segmentSize, segmentAge: 24 * HOUR, disk };
    return AlertLog.open({ path, memory: most, segments, state: state.path, events: {} });
  }
});

type Config = ReturnType<typeof parseConfig>;

/** Bytes that are in use after what is not has been collected. */
function memory(): number {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  collect();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

/** Of some 2 kB. */
function alert(id: string, at: number): string {
  const event = { kind: "alert", id: `event-${id}` };
  const wallwatch = { alert: { id } };
  return JSON.stringify({ "@timestamp": new Date(at).toISOString(), message: "x".repeat(2000), event, wallwatch });
}

function heartbeat(number: number, at: number): Record<string, unknown> {
  const event = { kind: "event", dataset: "wallwatch.health", action: "heartbeat", id: `beat-${number}` };
  return { "@timestamp": new Date(at).toISOString(), event };
}
