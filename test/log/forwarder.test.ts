import assert from "node:assert/strict";
import { spawn, type ChildProcess } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { entry, LogHarness, names, until } from "./writer_harness.js";

/** Of the package rsyslog. */
const RSYSLOGD = ["/usr/sbin/rsyslogd", "/sbin/rsyslogd"].find((path) => existsSync(path));

/** rsyslog with imfile on one file, writing what it reads as it is into another one. */
class Rsyslog {
  readonly output: string;
  readonly #configuration: string;
  readonly #work: string;
  #process: ChildProcess | undefined;

  constructor(folder: string, log: string) {
    this.output = join(folder, "forwarded.ndjson");
    this.#configuration = join(folder, "rsyslog.conf");
    this.#work = join(folder, "rsyslog");
    mkdirSync(this.#work);
    writeFileSync(
      this.#configuration,
      `global(workDirectory="${this.#work}" maxMessageSize="64k")
module(load="imfile" mode="inotify")
template(name="line" type="string" string="%msg%\\n")
ruleset(name="forward") { action(type="omfile" file="${this.output}" template="line") }
input(type="imfile" file="${log}" tag="wallwatch" ruleset="forward")
`,
    );
  }

  start(): void {
    const args = ["-n", "-f", this.#configuration, "-i", join(this.#work, "pid")];
    this.#process = spawn(RSYSLOGD ?? "", args, { stdio: ["ignore", "ignore", "inherit"] });
  }

  async stop(): Promise<void> {
    const child = this.#process;
    if (child === undefined || child.exitCode !== null) return;
    const ended = new Promise((resolve) => child.once("exit", resolve));
    child.kill("SIGTERM");
    await ended;
  }

  lines(): string[] {
    if (!existsSync(this.output)) return [];
    const text = readFileSync(this.output, "utf8");
    return text
      .slice(0, text.lastIndexOf("\n") + 1)
      .split("\n")
      .slice(0, -1);
  }
}

describe("a forwarder that tails the alert log (rsyslog's imfile)", function () {
  this.timeout(60_000);
  let harness: LogHarness;
  let rsyslog: Rsyslog | undefined;

  before(function () {
    if (RSYSLOGD !== undefined) return;
    console.log("      skipped: there is no rsyslogd here (Debian package rsyslog)");
    this.skip();
  });
  beforeEach(() => (harness = new LogHarness()));
  afterEach(async () => {
    await rsyslog?.stop();
    rsyslog = undefined;
    await harness.cleanUp();
  });

  it("gets every line exactly once, across many segments", async () => {
    const log = await harness.open(undefined, { segmentSize: 16 * 1024 });
    rsyslog = new Rsyslog(harness.folder, harness.path);
    rsyslog.start();
    const expected: string[] = [];
    const forwarded = (): string[] => names(rsyslog?.lines() ?? []);
    for (let burst = 0; burst < 150; burst++) {
      const before = expected.length;
      for (let i = 0; i < 5; i++) {
        const name = `${burst}-${i}`;
        expected.push(name);
        log.append(entry(name, "rule", (expected.length * 37) % 1500));
      }
      await log.drained();
      // It is to have found each file before that is renamed: how far it came within it does not matter. A segment takes at
      // least two bursts, so the one after that in which it began lies in it.
      await until("a line of this burst", () => forwarded().length > before);
    }
    await until("all lines", () => forwarded().length >= expected.length);
    await rsyslog.stop();
    assert.deepEqual(forwarded().sort(), expected.sort());
    assert.ok(harness.segments().length >= 20, `${harness.segments().length} segments`);
  });

  it("goes on after a stop of its own", async () => {
    const log = await harness.open();
    rsyslog = new Rsyslog(harness.folder, harness.path);
    for (let round = 0; round < 3; round++) {
      log.append(entry(`${round}-stopped`));
      await log.drained();
      rsyslog.start();
      log.append(entry(`${round}-running`));
      await until("both lines", () => (rsyslog?.lines().length ?? 0) === 2 * (round + 1));
      await rsyslog.stop();
    }
    assert.deepEqual(names(rsyslog.lines()), names(harness.lines()));
  });
});
