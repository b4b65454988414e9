import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { ConfigError } from "../../src/config/error.js";
import { loadConfig, parseConfig } from "../../src/config/load.js";

function problems(toml: string): string[] {
  try {
    parseConfig(toml, "w.toml");
  } catch (error) {
    assert.ok(error instanceof ConfigError);
    return error.message.split("\n");
  }
  return [];
}

describe("the configuration", () => {
  it("has a default for every key", () => {
    const config = parseConfig("", "w.toml");
    assert.deepEqual(config, {
      tags: [],
      labels: {},
      capture: { lane: "auto", environment: ["LD_AUDIT", "LD_LIBRARY_PATH", "LD_PRELOAD"], canary_interval: 60_000 },
      rules: { shipped: true, paths: ["/etc/wallwatch/rules.d"] },
      cap: { window: 300_000 },
      exceptions: [],
      log: {
        path: "/var/log/wallwatch/alerts.ndjson",
        memory: 16 * 2 ** 20,
        segment_size: 32 * 2 ** 20,
        segment_age: 86_400_000,
        disk: 2 ** 30,
      },
      redaction: { usual: true, patterns: [] },
      sinks: {},
      diagnostics: { level: "info" },
      state: { path: "/var/lib/wallwatch" },
      status: { path: "/run/wallwatch/status.sock" },
      metrics: { exposed: false },
    });
  });

  it("takes units, and labels of any scalar type as keywords", () => {
    const config = parseConfig(
      'cap = { alerts = 5, window = "1m" }\nlog.memory = "64KiB"\n[labels]\nenv = "prod"\nrack = 7\nedge = true\n',
      "w.toml",
    );
    assert.equal(config.cap.alerts, 5);
    assert.equal(config.cap.window, 60_000);
    assert.equal(config.log.memory, 65_536);
    assert.deepEqual(config.labels, { env: "prod", rack: "7", edge: "true" });
  });

  it("serves metrics to this host only, unless told otherwise", () => {
    const listenAt = (listen: string, more = ""): unknown =>
      parseConfig(`metrics = { listen = "${listen}"${more} }`, "w.toml").metrics.listen;
    assert.deepEqual(listenAt("127.0.0.1:9469"), { host: "127.0.0.1", port: 9469 });
    assert.deepEqual(listenAt("[::1]:80"), { host: "::1", port: 80 });
    assert.deepEqual(listenAt("/run/m.sock"), { path: "/run/m.sock" });
    assert.deepEqual(listenAt("0.0.0.0:9469", ", exposed = true"), { host: "0.0.0.0", port: 9469 });
    for (const listen of ["0.0.0.0:9469", "192.0.2.1:80", "[::]:80", "[2001:db8::1]:80"]) {
      assert.match(
        problems(`[metrics]\nlisten = "${listen}"\n`)[0] ?? "",
        /^w\.toml:2:1: metrics\.listen is an address/,
      );
    }
    for (const listen of [
      "localhost:80",
      "127.0.0.1",
      "127.0.0.1:0",
      "127.0.0.1:65536",
      "127.0.0.256:80",
      "::1:80",
      "[x]:80",
    ]) {
      assert.match(problems(`[metrics]\nlisten = "${listen}"\n`)[0] ?? "", /metrics\.listen must be an IP address/);
    }
  });

  it("names the nearest key for one that there is not", () => {
    assert.deepEqual(problems('[log]\npaht = "/x"\n'), ["w.toml:2:1: there is no key log.paht; did you mean path?"]);
    assert.deepEqual(problems("[capture]\nlanes = 1\n"), [
      "w.toml:2:1: there is no key capture.lanes; did you mean lane?",
    ]);
    assert.deepEqual(problems("  [lgo]\n"), ["w.toml:1:4: there is no key lgo; did you mean log?"]);
    assert.deepEqual(problems("[log]\nwhatever = 1\n"), [
      "w.toml:2:1: there is no key log.whatever; known here: path, memory, segment_size, segment_age, disk",
    ]);
  });

  it("tells wrong types and impossible values with their place", () => {
    assert.deepEqual(problems("[log]\npath = 3\n"), ["w.toml:2:1: log.path must be a string, not 3"]);
    assert.deepEqual(problems('tags = ["a", 1]\n'), ["w.toml:1:14: tags[1] must be a string, not 1"]);
    assert.deepEqual(problems('log = "x"\n'), ['w.toml:1:1: log must be a table, not "x"']);
    assert.deepEqual(problems('capture.lane = "fast"\n'), [
      'w.toml:1:9: capture.lane must be one of "auto", "kernel", "proc", not "fast"',
    ]);
    assert.deepEqual(problems('log.path = "alerts"\n'), ["w.toml:1:5: log.path must be an absolute path"]);
    assert.deepEqual(problems("cap.alerts = 0\n"), ["w.toml:1:5: cap.alerts must be at least 1"]);
    assert.deepEqual(problems("cap.alerts = 1.5\n"), ["w.toml:1:5: cap.alerts must be a whole number"]);
    assert.deepEqual(problems('capture.environment = ["A=B"]\n'), [
      "w.toml:1:24: capture.environment[0] is not a name of an environment variable",
    ]);
    const many = JSON.stringify(Array.from({ length: 65 }, (_, i) => `V${i}`));
    assert.deepEqual(problems(`capture.environment = ${many}\n`), [
      "w.toml:1:9: capture.environment must not have more than 64 names",
    ]);
    for (const value of ["1s", "2h", "60", "-5s", "s"]) {
      assert.deepEqual(problems(`capture.canary_interval = "${value}"\n`), [
        'w.toml:1:9: capture.canary_interval must be a duration between "5s" and "1h", such as "5s"',
      ]);
    }
    assert.deepEqual(problems('[labels]\n"a.b" = "x"\n'), [
      "w.toml:2:1: labels.a.b must have neither dots nor spaces in its name",
    ]);
    assert.deepEqual(problems("labels.a = []\n"), ["w.toml:1:8: labels.a must be a string, a number or a boolean"]);
  });

  it("tells all problems of a file, in its order", () => {
    assert.deepEqual(problems('tgas = []\n[log]\npath = "/x"\nmemory = 1\n[cap]\nwindow = true\n'), [
      "w.toml:1:1: there is no key tgas; did you mean tags?",
      "w.toml:4:1: log.memory must be a string, not 1",
      "w.toml:6:1: cap.window must be a string, not true",
    ]);
  });

  it("tells where the file is no TOML", () => {
    const [problem] = problems("[log]\npath = \n");
    assert.match(problem ?? "", /^w\.toml:2:\d+: this is not TOML: /);
    assert.deepEqual(problems(`tags = ["a"]\nlabels = { site = "${Buffer.of(0xff).toString()}" }\n`), [
      "w.toml:2:20: this is not UTF-8",
    ]);
  });
});

describe("the configuration's file", () => {
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), "wallwatch-config-"))));
  afterEach(() => rmSync(folder, { recursive: true }));

  function file(mode: number): string {
    const path = join(folder, "wallwatch.toml");
    writeFileSync(path, 'tags = ["a"]\n');
    chmodSync(path, mode);
    return path;
  }

  it("is read where only its owner may write it", async () => {
    const path = file(0o644);
    const loaded = await loadConfig(path);
    assert.equal(loaded.path, path);
    assert.deepEqual(loaded.config.tags, ["a"]);
  });

  it("must be there when it was asked for", async () => {
    const path = join(folder, "none.toml");
    await assert.rejects(loadConfig(path), { name: "ConfigError", message: `${path}: there is no such file` });
  });

  it("is refused when others may write it", async () => {
    await assert.rejects(loadConfig(file(0o646)), /may be written by anyone/);
  });

  it("is refused when others may put another one in its place", async () => {
    const path = file(0o600);
    chmodSync(folder, 0o777);
    await assert.rejects(loadConfig(path), /stands in a folder that anyone may write/);
    chmodSync(folder, 0o1777);
    assert.deepEqual((await loadConfig(path)).config.tags, ["a"]);
  });

  it("is refused when it belongs to somebody else or a group of others may write it (needs root)", async function () {
    if (process.geteuid?.() !== 0) return this.skip();
    const path = file(0o664);
    assert.deepEqual((await loadConfig(path)).config.tags, ["a"], "root's own group is no other");
    chownSync(path, 0, 65534);
    await assert.rejects(loadConfig(path), /may be written by its group/);
    chownSync(path, 65534, 0);
    await assert.rejects(loadConfig(path), /belongs to the user with uid 65534/);
  });

  it("is refused when it is a folder, or a FIFO, without waiting for who writes it", async () => {
    const path = join(folder, "sub");
    mkdirSync(path);
    await assert.rejects(loadConfig(path), /is not a regular file/);
    execFileSync("mkfifo", [join(folder, "fifo")]);
    await assert.rejects(loadConfig(join(folder, "fifo")), /is not a regular file/);
  });
});
