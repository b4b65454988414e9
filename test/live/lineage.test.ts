import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";

import { field } from "../support/agent.js";
import { describeLanes, itWith } from "../support/live.js";
import { compileProgram } from "../support/programs.js";
import { execBy, StandIns } from "../support/stand_ins.js";
import { Watching } from "../support/watching.js";

describeLanes("who executed it", function (lane) {
  let watching: Watching | undefined;
  let standIns: StandIns;
  let program: string;

  beforeEach(() => {
    standIns = new StandIns(lane);
    program = standIns.program("iptables");
  });
  afterEach(async () => {
    await watching?.stop();
    standIns.remove();
  });

  const start = async (options = {}): Promise<Watching> =>
    (watching = await Watching.start({ lane, only: standIns.folder, ...options }));

  it("a parent that was running before the watch, and its ancestors", async () => {
    const shell = spawn("/bin/sh", ["-s", "old", standIns.folder], { stdio: ["pipe", "ignore", "inherit"] });
    const watch = await start();
    shell.stdin.end(`'${program}' -F\nexit 0\n`);
    await once(shell, "exit");
    const exec = await watch.named("iptables");
    assert.equal(field(exec, "process.parent.pid"), shell.pid);
    assert.deepEqual(field(exec, "process.parent.args"), ["/bin/sh", "-s", "old", standIns.folder]);
    assert.equal(field(exec, "wallwatch.capture.parent_source"), "proc");
    assert.deepEqual([field(exec, "wallwatch.ancestors.pid")].flat().slice(0, 2), [shell.pid, process.pid]);
  });

  it("the ancestors through shells, forks without exec, and a parent that is gone", async () => {
    const watch = await start();
    const exec_ways = compileProgram("test/programs/exec_ways.cc");
    const script = standIns.script(
      "outer",
      `#!/bin/sh\n( '${exec_ways}' daemon '${program}' iptables -F; true )\ntrue\n`,
    );
    await standIns.run("outer");
    const exec = await watch.named("iptables");
    const lines = [field(exec, "wallwatch.ancestors.command_line")].flat();
    const order = [`${exec_ways} daemon ${program} iptables -F`, `/bin/sh ${script}`];
    assert.equal(lines[0], order[0]);
    assert.deepEqual([...new Set(lines)].slice(0, 2), order);
    assert.ok([field(exec, "wallwatch.ancestors.pid")].flat().includes(process.pid));
  });

  it("one process keeps its entity through all its execs", async () => {
    const watch = await start();
    standIns.script("outer", `#!/bin/sh\nsleep 0.2\nexec '${program}' -F\n`);
    await standIns.run("outer");
    const [before, after] = [await watch.named("outer"), await watch.named("iptables")];
    assert.equal(field(before, "process.pid"), field(after, "process.pid"));
    assert.equal(field(before, "process.entity_id"), field(after, "process.entity_id"));
    assert.notEqual(field(before, "event.id"), field(after, "event.id"));
    assert.equal(field(before, "process.parent.entity_id"), field(after, "process.parent.entity_id"));
  });

  it("another process with the same pid is another entity, with a parent of its own", async () => {
    const watch = await start();
    await execBy("fork", program, [program, "first"]);
    const first = await watch.named("iptables");
    const pid = String(field(first, "process.pid"));
    await anotherTick();
    await execBy("with-pid", program, [program, pid, "second"]);
    const second = await watch.named("iptables", watch.execs.items.indexOf(first) + 1);
    assert.equal(String(field(second, "process.pid")), pid);
    assert.notEqual(field(second, "process.entity_id"), field(first, "process.entity_id"));
    assert.deepEqual([field(first, "process.parent.args")].flat().at(-1), "first");
    assert.deepEqual([field(second, "process.parent.args")].flat().at(-1), "second");
  });

  it("its session's and its process group's leader", async () => {
    const watch = await start();
    const shell = spawn("/bin/sh", ["-c", `'${program}' -F; true`], { detached: true, stdio: "ignore" });
    await once(shell, "exit");
    const exec = await watch.named("iptables");
    assert.equal(field(exec, "process.session_leader.pid"), shell.pid);
    assert.equal(field(exec, "process.group_leader.pid"), shell.pid);
    assert.equal(field(exec, "process.session_leader.name"), "sh");
    assert.equal(field(exec, "process.session_leader.same_as_process"), false);
  });

  itWith("script", "its terminal, where it has one", async () => {
    const watch = await start();
    const terminal = spawn("script", ["-qec", `'${program}' -F; true`, "/dev/null"], { stdio: "ignore" });
    await once(terminal, "exit");
    const exec = await watch.named("iptables");
    assert.equal(field(exec, "process.interactive"), true);
    assert.equal(field(exec, "process.tty.char_device.major"), 136); // /dev/pts
  });

  it("of its environment what was asked for, and nothing else", async () => {
    const watch = await start({ environment: ["LD_PRELOAD", "WALLWATCH_TEST_VARIABLE"] });
    const env = { LD_PRELOAD: "", WALLWATCH_TEST_VARIABLE: "a b", WALLWATCH_TEST_SECRET: "s3cret", PATH: "/bin" };
    await once(spawn(program, ["-F"], { env, stdio: "ignore" }), "exit");
    const exec = await watch.named("iptables");
    assert.deepEqual([field(exec, "process.env_vars")].flat().sort(), ["LD_PRELOAD=", "WALLWATCH_TEST_VARIABLE=a b"]);
    assert.ok(!JSON.stringify(exec).includes("s3cret"));
  });

  it("its capabilities", async () => {
    const watch = await start();
    await execBy("nobody", program, [program, "-F"]);
    const exec = await watch.named("iptables");
    assert.deepEqual([field(exec, "process.thread.capabilities.effective") ?? []].flat(), []);
    const next = watch.execs.items.indexOf(exec) + 1;
    await standIns.run("iptables", "-X");
    const root = await watch.named("iptables", next);
    assert.ok([field(root, "process.thread.capabilities.effective")].flat().includes("CAP_NET_ADMIN"));
  });
});

/** A process's start is known in ticks of 10 ms, as /proc/uptime is (CLOCK_BOOTTIME): two of one pid in one tick are the same to everybody. */
async function anotherTick(): Promise<void> {
  const tick = (): string => readFileSync("/proc/uptime", "utf8").split(" ")[0] ?? "";
  for (const now = tick(); tick() === now;) await delay(1);
}
