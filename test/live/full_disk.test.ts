import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { FakeElastic } from "../ship/fake_elastic.js";
import { TestServer, until } from "../ship/support.js";
import { Agent, field, isAlert, ONLY_RULE_111, type Alert } from "../support/agent.js";
import { describeLive } from "../support/live.js";
import { LoopDisk } from "../support/loop_disk.js";
import { StandIns } from "../support/stand_ins.js";

const DISK = 32 * 2 ** 20;
const ALERTS = "logs-wallwatch.alert-default";

describeLive("a full disk, an ext4 of a few MB of its own with the log and the cursors on it", () => {
  let disk: LoopDisk | undefined;
  let server: TestServer;
  let elastic: FakeElastic;
  let standIns: StandIns;
  let agent: Agent;

  beforeEach(async function () {
    const mounted = LoopDisk.mount(DISK);
    if (typeof mounted === "string") {
      console.warn(`skipped, no loop-mounted disk (${mounted}): ${this.currentTest?.fullTitle() ?? ""}`);
      this.skip();
    }
    disk = mounted;
    elastic = new FakeElastic();
    server = await TestServer.start((request) => elastic.answer(request));
    standIns = new StandIns("kernel");
    standIns.program("ufw");
    const sink = `[sinks.siem]\ntype = "elasticsearch"\nhosts = ["${server.url}"]\nproxy = "none"\n`;
    agent = await Agent.start({ lane: "kernel", config: `${sink}${ONLY_RULE_111}`, folder: disk.folder });
  });

  afterEach(async () => {
    if (disk === undefined) return;
    await agent.stop();
    standIns.remove();
    await server.stop();
    disk.remove();
    disk = undefined;
  });

  /** Raises alerts whose argument is `name` and a number. */
  async function raise(name: string, count: number): Promise<void> {
    for (let i = 0; i < count; i++) await standIns.run("ufw", "disable", `${name}-${i}`);
  }

  const arrived = (name: string): number =>
    (elastic.streams.get(ALERTS) ?? []).flatMap((index) => [...index.values()]).filter((line) => line.includes(name))
      .length;

  it("is told at once, keeps no alert from the server, and costs nothing once there is room", async () => {
    await raise("before", 3);
    await until("those from before to arrive", () => arrived("before-") === 3);
    disk?.fill();
    await raise("meanwhile", 30);
    await agent.diagnostics.first((line) => line.includes("ENOSPC"), "word on standard error");
    await until("those from memory to arrive", () => arrived("meanwhile-") === 30);
    assert.ok(onDisk().filter((line) => line.includes("meanwhile-")).length < 30, "the disk was not full");
    disk?.makeRoom();
    await agent.diagnostics.first((line) => line.includes("is written again"), "word that it goes on");
    await raise("afterwards", 3);
    await until("those from afterwards to arrive", () => arrived("afterwards-") === 3);
    await agent.stop();

    // Whatever else this host raised meanwhile counts as well.
    const ids = onDisk()
      .map((line) => JSON.parse(line) as Alert)
      .filter(isAlert)
      .map((alert) => String(field(alert, "wallwatch.alert.id")));
    assert.equal(new Set(ids).size, ids.length, "a line stands in the log twice");
    assert.deepEqual(elastic.ids().sort(), ids.sort(), "each alert of the log is at the server once, and no other");
    for (const [name, count] of Object.entries({ before: 3, meanwhile: 30, afterwards: 3 })) {
      assert.equal(onDisk().filter((line) => line.includes(`${name}-`)).length, count, name);
    }
    assert.deepEqual(
      agent.diagnostics.items.filter((line) => /too many|no room|lost/.test(line)),
      [],
    );
  });

  /** The whole lines of the log, in their order. */
  function onDisk(): string[] {
    const folder = disk?.folder ?? "";
    return readdirSync(folder)
      .filter((name) => /^alerts.*\.ndjson$/.test(name))
      .sort()
      .flatMap((name) => readFileSync(join(folder, name), "utf8").split("\n"))
      .filter((line) => line !== "");
  }
});
