import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { release } from "node:os";
import { promisify } from "node:util";

import { describeLive, itWith } from "../support/live.js";
import { ADDON, type Problem, type Probe } from "./addon.js";

const run = promisify(execFile);

interface Answer {
  readonly started?: { readonly lane: string; readonly whyNotKernel?: Problem };
  readonly error?: Problem;
  readonly probe: Probe;
}

const PROGRAM = `
  const { Capture, probe } = require(process.argv[2]);
  const capture = new Capture({ lane: process.argv[1], environment: [] }, () => {});
  (async () => {
    const answer = { probe: await probe() };
    try {
      answer.started = await capture.start();
      await capture.stop();
    } catch ({ code, syscall, message }) {
      answer.error = { code, syscall, message };
    }
    console.log(JSON.stringify(answer));
  })();`;

/** Starts a capture below a command that takes something away. */
async function startBelow(command: readonly [string, ...string[]], lane = "auto"): Promise<Answer> {
  const [program, ...args] = command;
  const { stdout, stderr } = await run(program, [...args, process.execPath, "-e", PROGRAM, lane, ADDON]);
  assert.equal(stderr, "");
  return JSON.parse(stdout) as Answer;
}

describeLive("where capture cannot be", function () {
  itWith("unshare", "a child network namespace: the connector is not there", async () => {
    const { error, probe } = await startBelow(["unshare", "--net"]);
    assert.deepEqual([error?.code, error?.syscall], ["ECONNREFUSED", "send"]);
    assert.equal(probe.listenProblem?.code, "ECONNREFUSED");
    assert.equal(probe.filterProblem, undefined);
  });

  itWith("unshare", "a child pid namespace: the connector keeps silent", async () => {
    const { error, probe } = await startBelow(["unshare", "--pid", "--fork", "--mount-proc"]);
    assert.equal(error?.code, "ENOACK");
    assert.equal(probe.listenProblem?.code, "ENOACK");
  });

  itWith("setpriv", "without CAP_BPF: the proc lane, and why", async () => {
    const { started, probe } = await startBelow([
      "setpriv",
      "--bounding-set=-bpf,-sys_admin",
      "--inh-caps=-bpf,-sys_admin",
    ]);
    assert.equal(started?.lane, "proc");
    assert.equal(started.whyNotKernel?.code, "EPERM");
    assert.equal(probe.filterProblem?.code, "EPERM");
    assert.match(probe.filterProblem.log ?? "", /libbpf/);
    assert.equal(probe.listenProblem, undefined);
  });

  itWith("setpriv", "without CAP_BPF, and only the kernel lane asked for: an error", async () => {
    const { error } = await startBelow(
      ["setpriv", "--bounding-set=-bpf,-sys_admin", "--inh-caps=-bpf,-sys_admin"],
      "kernel",
    );
    assert.equal(error?.code, "EPERM");
    assert.match(error.syscall, /^bpf/);
  });

  itWith("setpriv", "without CAP_NET_ADMIN: no connector up to Linux 6.5, which alone reserves it", async () => {
    const { started, error } = await startBelow(["setpriv", "--bounding-set=-net_admin", "--inh-caps=-net_admin"]);
    const [major = 0, minor = 0] = release().split(".").map(Number);
    if (major > 6 || (major === 6 && minor >= 6)) assert.equal(started?.lane, "kernel");
    else assert.equal(error?.code, "EPERM");
  });
});
