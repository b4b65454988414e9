import assert from "node:assert/strict";
import { copyFileSync } from "node:fs";

import { field } from "../support/agent.js";
import { describeLanes, describeLive } from "../support/live.js";
import { compileProgram } from "../support/programs.js";
import { execBy, StandIns } from "../support/stand_ins.js";
import { Watching } from "../support/watching.js";

/** No single argument may be longer than 128 KiB (MAX_ARG_STRLEN). */
const LONG = "x".repeat(100_000);

describeLanes("argv", function (lane) {
  let watching: Watching;
  let standIns: StandIns;
  let program: string;

  beforeEach(async () => {
    standIns = new StandIns(lane);
    program = standIns.program("systemctl");
    watching = await Watching.start({ lane, only: standIns.folder });
  });
  afterEach(async () => {
    await watching.stop();
    standIns.remove();
  });

  async function argsOf(...args: string[]): Promise<unknown[]> {
    await standIns.run("systemctl", ...args);
    const exec = await watching.named("systemctl");
    assert.equal(field(exec, "wallwatch.capture.args_whole"), true);
    assert.equal(field(exec, "process.args_count"), 1 + args.length);
    return [field(exec, "process.args")].flat().slice(1);
  }

  it("keeps empty arguments, the last one too", async () => {
    assert.deepEqual(await argsOf("", "stop", "", ""), ["", "stop", "", ""]);
  });

  it("keeps newlines, terminal escapes and any language as they are", async () => {
    const args = ["two\nlines", "\u001b[31mred\u001b[0m", "tab\t", "\r", "Ünïcødé 防火墙 🧱", "a b", "'\"\\$()"];
    assert.deepEqual(await argsOf(...args), args);
  });

  it("shows what is no UTF-8 with U+FFFD, and says so", async () => {
    standIns.script("run", `#!/bin/sh\nexec "${program}" "$(printf 'stop\\377\\376x')" '${standIns.folder}'\n`);
    await standIns.run("run");
    const exec = await watching.named("systemctl");
    assert.deepEqual(field(exec, "process.args"), [program, "stop\ufffd\ufffdx", standIns.folder]);
    assert.equal(field(exec, "wallwatch.capture.args_invalid_utf8"), true);
  });

  for (const count of [80, 81, 82, 800, 1700]) {
    it(`is whole with ${count} arguments before those that matter`, async () => {
      const args = [...Array.from({ length: count }, () => `--no-pager-${count}`), "stop", "firewalld"];
      assert.deepEqual(await argsOf(...args), args);
    });
  }

  it("is whole with 200,000 bytes", async () => {
    const args = [LONG, LONG, "stop", "firewalld"];
    assert.deepEqual(await argsOf(...args), args);
  });

  it("beyond the bound of the kernel lane is whole if the process lives long enough to be read", async () => {
    copyFileSync(compileProgram("test/programs/linger.cc"), program);
    const args = [LONG, LONG, LONG, LONG, "stop", "firewalld"];
    assert.deepEqual(await argsOf(...args), args);
  });

  it("of no arguments at all is what the kernel makes of it: one empty argument, before Linux 5.18 perhaps none", async () => {
    copyFileSync(compileProgram("test/programs/linger.cc"), program); // coreutils abort without argv[0]
    await execBy("no-arguments", program, [program]);
    const exec = await watching.named("systemctl");
    const args = [field(exec, "process.args") ?? []].flat();
    assert.equal(field(exec, "process.args_count"), args.length);
    assert.deepEqual(args, args.length === 0 ? [] : [""]);
  });
});

describeLive("argv beyond all bounds", function () {
  it("is marked as cut, with its true number of arguments and length", async () => {
    const standIns = new StandIns("kernel");
    const program = standIns.path("systemctl");
    copyFileSync(compileProgram("test/programs/exit_at_once.S"), program);
    const watching = await Watching.start({ lane: "kernel", only: standIns.folder });
    try {
      const args = [...Array.from({ length: 15 }, () => LONG), "stop", "firewalld"];
      await standIns.run("systemctl", ...args);
      const exec = await watching.named("systemctl");
      assert.equal(field(exec, "process.args_count"), 18);
      assert.equal(field(exec, "wallwatch.capture.args_size"), Buffer.byteLength([program, ...args, ""].join("\0")));
      assert.equal(field(exec, "wallwatch.capture.args_whole"), false);
      const seen = [field(exec, "process.args")].flat();
      assert.deepEqual(seen.slice(0, 3), [program, LONG, LONG]);
      assert.ok(seen.length < 18);
    } finally {
      await watching.stop();
      standIns.remove();
    }
  });
});
