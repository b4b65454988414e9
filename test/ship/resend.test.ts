import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, renameSync, rmSync, truncateSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { parseConfig } from "../../src/config/load.js";
import { DeadLetters } from "../../src/ship/dead_letters.js";
import { resend, type Resent } from "../../src/ship/resend.js";
import { FakeElastic } from "./fake_elastic.js";
import { alertLine, TestServer } from "./support.js";

describe("dead letters", () => {
  let folder: string;
  let path: string;
  let elastic: FakeElastic;
  let server: TestServer;

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), "wallwatch-letters-"));
    path = join(folder, "dead-letters.ndjson");
    elastic = new FakeElastic();
    server = await TestServer.start((request) => elastic.answer(request));
  });

  afterEach(async () => {
    await server.stop();
    rmSync(folder, { recursive: true });
  });

  function add(...lines: (readonly [sink: string, line: string | Buffer])[]): Promise<number> {
    return new DeadLetters(path).add(lines.map(([sink, line]) => ({ sink, reason: "bad", line: Buffer.from(line) })));
  }

  function again(only?: string): Promise<ReadonlyMap<string, Resent>> {
    const { sinks } = parseConfig(`[sinks.siem]\ntype = "elasticsearch"\nhosts = ["${server.url}"]\n`, "w.toml");
    return resend({ path, sinks, only, delays: { first: 1, most: 2 } });
  }

  function left(): [sink: unknown, line: unknown][] {
    if (!existsSync(path)) return [];
    const lines = readFileSync(path, "utf8").trimEnd().split("\n");
    return lines.map((text) => {
      const { sink, line } = JSON.parse(text) as Record<string, unknown>;
      return [sink, line];
    });
  }

  it("are sent again, and are gone", async () => {
    await add(...Array.from({ length: 250 }, (_, index) => ["siem", alertLine(`a${index}`)] as const));
    assert.deepEqual((await again()).get("siem"), { sent: 250, refused: 0, kept: 0, reason: undefined });
    assert.equal(new Set(elastic.ids()).size, 250);
    assert.deepEqual(left(), []);
    assert.equal(existsSync(`${path}.resending`), false);
    assert.equal((await again()).size, 0);
  });

  it("stay where they are refused again, or their sink is unknown", async () => {
    elastic.isBad = (line) => line.includes('"b"');
    await add(["siem", alertLine("a")], ["siem", alertLine("b")], ["gone", alertLine("c")], ["siem", "no JSON"]);
    const results = await again();
    assert.deepEqual(results.get("siem"), {
      sent: 1,
      refused: 2,
      kept: 0,
      reason: "item 400, document_parsing_exception: bad",
    });
    assert.equal(results.get("gone")?.kept, 1);
    assert.deepEqual(left().sort(), [
      ["gone", alertLine("c")],
      ["siem", "no JSON"],
      ["siem", alertLine("b")],
    ]);
  });

  it("stay where the sink takes nothing", async () => {
    server.handler = () => ({ status: 401 });
    await add(["siem", alertLine("a")], ["siem", alertLine("b")]);
    assert.deepEqual((await again()).get("siem"), { sent: 0, refused: 0, kept: 2, reason: answer401 });
    assert.equal(left().length, 2);
    server.handler = (request) => elastic.answer(request);
    assert.equal((await again()).get("siem")?.sent, 2);
    assert.deepEqual(left(), []);
  });

  it("are left alone where another sink is asked for", async () => {
    await add(["siem", alertLine("a")], ["gone", alertLine("c")]);
    const results = await again("siem");
    assert.deepEqual([...results.keys()], ["siem"]);
    assert.deepEqual(left(), [["gone", alertLine("c")]]);
  });

  it("are taken up by the next where the last was interrupted, and sent once", async () => {
    await add(["siem", alertLine("a")], ["siem", alertLine("b")]);
    renameSync(path, `${path}.resending`);
    elastic.streams.set("logs-wallwatch.alert-default", [new Map([["a", ""]]), new Map<string, string>()]);
    await add(["siem", alertLine("c")]);
    assert.equal((await again()).get("siem")?.sent, 3);
    assert.deepEqual(elastic.ids().sort(), ["a", "b", "c"]);
    assert.equal(existsSync(`${path}.resending`), false);
  });

  it("keep a line that is no UTF-8, and begin a line of their own after one that was cut", async () => {
    const bytes = Buffer.from([0x7b, 0xff, 0x7d]);
    await add(["siem", bytes]);
    const [text = ""] = readFileSync(path, "utf8").split("\n");
    assert.equal((JSON.parse(text) as Record<string, unknown>)["line_base64"], bytes.toString("base64"));
    truncateSync(path, 10);
    await add(["siem", alertLine("a")]);
    assert.equal((await again()).get("siem")?.sent, 1);
    assert.equal(left()[0]?.[0], "");
  });

  it("have a bound, and tell what it cost", async () => {
    const letters = new DeadLetters(path, 300);
    const letter = { sink: "siem", reason: "bad", line: Buffer.from("x".repeat(100)) };
    assert.equal(await letters.add([letter, letter, letter]), 2);
    assert.equal(await letters.add([letter]), 1);
    assert.equal(left().length, 1);
  });
});

const answer401 = "what has arrived cannot be looked up: HTTP 401, {}";
