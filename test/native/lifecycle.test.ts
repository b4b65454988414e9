import assert from "node:assert/strict";
import { execFile, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { readdirSync } from "node:fs";
import { promisify } from "node:util";
import { Worker } from "node:worker_threads";

import { describeLanes, describeLive } from "../support/live.js";
import { compileProgram } from "../support/programs.js";
import { ADDON, addon, Recording } from "./addon.js";

const run = promisify(execFile);

/** A program of its own that uses the addon. */
function nodeProgram(source: string): ReturnType<typeof spawnSync> {
  return spawnSync(
    process.execPath,
    ["--expose-gc", "-e", `const addon = require(${JSON.stringify(ADDON)});${source}`],
    {
      encoding: "utf8",
      timeout: 15_000,
    },
  );
}

const openFiles = (): number => readdirSync("/proc/self/fd").length;
const threads = (): number => readdirSync("/proc/self/task").length;

describeLanes("starting and stopping", function (lane) {
  const linger = compileProgram("test/programs/linger.cc");

  it("start says which lane it is, and a second start that it is started", async () => {
    const recording = new Recording({ lane });
    const started = await recording.binding.start();
    assert.equal(started.lane, lane);
    assert.equal(started.libbpf !== undefined, lane === "kernel");
    if (started.libbpf) assert.match(started.libbpf.version, /^\d+\.\d+/);
    assert.equal(typeof started.realtimePriority, "boolean");
    await assert.rejects(recording.binding.start(), { code: "EALREADY" });
    await recording.stop();
  });

  it("an exec before stop() is handed over before stop() resolves", async () => {
    for (let i = 0; i < 5; i++) {
      const recording = await Recording.start({ lane });
      const child = spawn(linger, [`last-${i}`]);
      await once(child, "spawn"); // execve has succeeded
      await recording.binding.stop();
      assert.equal(recording.records.filter(({ args }) => args[1] === `last-${i}`).length, 1);
      await once(child, "exit");
    }
  });

  it("started again it sees again, and counts from zero; stopped twice is stopped", async () => {
    const recording = new Recording({ lane });
    for (let i = 0; i < 3; i++) {
      const before = recording.records.length;
      await recording.binding.start();
      await run(linger, [`again-${i}`]);
      await Promise.all([recording.binding.stop(), recording.binding.stop()]);
      assert.equal(recording.records.filter(({ args }) => args[1] === `again-${i}`).length, 1);
      assert.equal(recording.binding.stats()["events"], recording.records.length - before);
    }
    assert.equal(recording.broken, undefined);
  });

  it("listen() resolves with the ACK, each of many", async () => {
    const recording = await Recording.start({ lane });
    await Promise.all([recording.binding.listen(), recording.binding.listen(), recording.binding.listen()]);
    assert.ok(Number(recording.binding.stats()["listens"]) >= 4); // it is sent again where the ACK takes its time
    await recording.stop();
    await assert.rejects(recording.binding.listen(), { code: "ECANCELED" });
  });

  it("stop() while it starts leaves nothing behind", async () => {
    const recording = new Recording({ lane });
    const starting = recording.binding.start().then(
      () => "started",
      (error: unknown) => (error as { code: string }).code,
    );
    await recording.binding.stop();
    assert.ok(["started", "ECANCELED"].includes(await starting));
    assert.equal(recording.binding.take(), null);
  });

  it("leaves no file and no thread open", async () => {
    await (await Recording.start({ lane })).stop();
    const [files, running] = [openFiles(), threads()];
    for (let i = 0; i < 10; i++) await (await Recording.start({ lane })).stop();
    assert.equal(openFiles(), files);
    assert.equal(threads(), running);
  });

  it("a batch stays as it is until the next one is taken", async () => {
    const batches: Uint8Array[] = [];
    const binding = new addon.Capture({ lane, environment: [] }, () => {
      const batch = binding.take();
      if (batch !== null) batches.push(batch);
    });
    await binding.start();
    await run(linger, ["kept"]);
    await binding.stop();
    const last = batches.at(-1);
    assert.ok(last);
    const copy = Uint8Array.from(last);
    assert.equal(binding.take(), null);
    assert.deepEqual(last, copy);
  });
});

describeLive("the addon in its surroundings", function () {
  it("a worker that is terminated while it captures takes the thread along", async () => {
    await once(new Worker("", { eval: true }), "exit"); // what a first worker leaves behind is Node's
    const [files, running] = [openFiles(), threads()];
    for (let i = 0; i < 3; i++) {
      const worker = new Worker(
        `const { parentPort } = require("node:worker_threads");
         const capture = new (require(${JSON.stringify(ADDON)}).Capture)({ lane: "auto", environment: [] }, () => capture.take());
         capture.start().then(() => parentPort.postMessage("started"));`,
        { eval: true },
      );
      assert.deepEqual(await once(worker, "message"), ["started"]);
      await run("/bin/true");
      await worker.terminate();
    }
    assert.equal(openFiles(), files);
    assert.equal(threads(), running);
  });

  it("process.exit() while it captures ends the process with its code", () => {
    const { status, stderr } = nodeProgram(`
      const capture = new addon.Capture({ lane: "auto", environment: [] }, () => {});
      capture.start().then(() => process.exit(7));`);
    assert.deepEqual([status, stderr], [7, ""]);
  });

  it("process.exit() while it starts, too", () => {
    const { status, stderr } = nodeProgram(`
      new addon.Capture({ lane: "auto", environment: [] }, () => {}).start();
      process.exit(8);`);
    assert.deepEqual([status, stderr], [8, ""]);
  });

  it("a running capture keeps the process alive, a stopped one does not, even if it is garbage", () => {
    const { status, stdout, stderr } = nodeProgram(`
      const { execFile } = require("node:child_process");
      (async () => {
        let capture = new addon.Capture({ lane: "auto", environment: [] }, () => { console.log("woken"); capture?.stop(); capture = undefined; gc(); });
        await capture.start();
        execFile("/bin/true").unref();
      })();`);
    assert.deepEqual([status, stderr], [0, ""]);
    assert.match(String(stdout), /^woken\n/);
  });

  it("what the wake-up throws is an uncaught exception", () => {
    const { status, stderr } = nodeProgram(`
      const capture = new addon.Capture({ lane: "auto", environment: [] }, () => { throw new Error("out of onWake"); });
      capture.start().then(() => require("node:child_process").execFile("/bin/true"));`);
    assert.equal(status, 1);
    assert.match(String(stderr), /out of onWake/);
  });

  it("a probe finds all that the kernel lane needs", async () => {
    const found = await addon.probe();
    assert.deepEqual(Object.keys(found), ["libbpf"]);
    assert.match(found.libbpf?.file ?? "", /^\/.*libbpf\.so/);
  });
});
