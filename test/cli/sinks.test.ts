import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { DeadLetters } from "../../src/ship/dead_letters.js";
import { FakeElastic } from "../ship/fake_elastic.js";
import { alertLine, TestServer } from "../ship/support.js";
import { ROOT } from "../support/programs.js";

describe("commands about sinks", () => {
  let folder: string;
  let elastic: FakeElastic;
  let server: TestServer;

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), "wallwatch-sinks-"));
    elastic = new FakeElastic();
    server = await TestServer.start((request) => elastic.answer(request));
  });

  afterEach(async () => {
    await server.stop();
    rmSync(folder, { recursive: true });
  });

  interface Ended {
    readonly code: unknown;
    readonly out: string;
    readonly err: string;
  }

  /** Runs a command with a configuration of its own; the server is in this process, so nothing may wait for it here. */
  function wallwatch(sinks: string, ...args: string[]): Promise<Ended> {
    const config = join(folder, "wallwatch.toml");
    writeFileSync(config, `log.path = "${folder}/alerts.ndjson"\n${sinks}`, { mode: 0o600 });
    const program = join(ROOT, "dist", "src", "main.js");
    return new Promise((resolve) => {
      execFile(process.execPath, [program, ...args, "--config", config], (error, out, err) => {
        resolve({ code: error === null ? 0 : error.code, out, err });
      });
    });
  }

  const siem = (): string => `[sinks.siem]\ntype = "elasticsearch"\nhosts = ["${server.url}"]\n`;
  const hook = '[sinks.hook]\ntype = "http"\nurl = "http://127.0.0.1:1/"\n';

  it("setup installs the templates of each Elasticsearch, and says where it could not", async () => {
    server.handler = ({ path }) =>
      path.includes("alert") ? { status: 200, body: { acknowledged: true } } : { status: 403 };
    const { code, out, err } = await wallwatch(siem() + hook, "setup");
    assert.equal(code, 1);
    assert.equal(out, "siem: installed logs-wallwatch.alert-default\n");
    assert.match(err, /siem: logs-wallwatch.health-default is not installed: HTTP 403/);
  });

  it("setup --print prints them and asks nobody", async () => {
    const { code, out } = await wallwatch(siem(), "setup", "--print");
    assert.equal(code, 0);
    const [first = ""] = out.split("\n\n");
    assert.ok(first.startsWith("PUT _index_template/logs-wallwatch.alert-default\n{"));
    assert.ok(JSON.parse(first.slice(first.indexOf("\n"))));
    assert.equal(server.received.length, 0);
  });

  it("setup has nothing to do without such a sink, and knows its sinks by name", async () => {
    assert.equal((await wallwatch(hook, "setup")).code, 78);
    const { code, err } = await wallwatch(siem(), "setup", "--sink", "seim");
    assert.equal(code, 64);
    assert.match(err, /There is no sink "seim": there are siem\./);
  });

  it("resend sends dead letters again and says what became of them", async () => {
    assert.deepEqual(await wallwatch(siem(), "resend"), { code: 0, out: "There are no dead letters.\n", err: "" });
    elastic.isBad = (line) => line.includes('"b"');
    const letters = ["a", "b"].map((id) => ({ sink: "siem", reason: "r", line: Buffer.from(alertLine(id)) }));
    await new DeadLetters(join(folder, "dead-letters.ndjson")).add(letters);
    const { code, out } = await wallwatch(siem(), "resend");
    assert.equal(code, 1);
    assert.equal(out, "siem: 1 sent, 1 refused again: item 400, document_parsing_exception: bad\n");
    assert.deepEqual(elastic.ids(), ["a"]);
    elastic.isBad = () => false;
    assert.equal((await wallwatch(siem(), "resend", "--sink", "siem")).out, "siem: 1 sent\n");
    assert.deepEqual(elastic.ids(), ["a", "b"]);
  });

  it("resend keeps what no sink takes", async () => {
    await new DeadLetters(join(folder, "dead-letters.ndjson")).add([
      { sink: "hook", reason: "r", line: Buffer.from(alertLine("a")) },
      { sink: "gone", reason: "r", line: Buffer.from(alertLine("b")) },
    ]);
    server.handler = () => ({ status: 401 });
    const { code, out } = await wallwatch(hook.replace("http://127.0.0.1:1", server.url), "resend");
    assert.equal(code, 1);
    assert.equal(out, "gone: 0 sent, 1 kept: the configuration has no such sink\nhook: 0 sent, 1 kept: HTTP 401, {}\n");
  });
});
