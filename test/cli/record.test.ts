import assert from "node:assert/strict";
import { mkdir, mkdtemp, readFile, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { CommandError } from "../../src/cli/exit.js";
import type { HostState } from "../../src/cli/host_state.js";
import { record } from "../../src/cli/record.js";
import type { JsonDocument } from "../../src/rules/document.js";
import { watchExecs } from "../../src/watch.js";
import { field } from "../support/agent.js";
import { FakeBinding } from "../support/capture.js";
import { HOST, IDENTITY } from "../support/events.js";
import { encodeExec, encodeLoss } from "../support/records.js";
import { recordedStdio } from "../support/stdio.js";

const ABLE: HostState = {
  uid: 0,
  capabilities: ~0n,
  namespaces: { pid: true, user: true, net: true },
  kernel: "6.1.0",
  hasProcEvents: true,
  hasBtf: true,
  lockdown: undefined,
};

describe("wallwatch record", () => {
  let folder: string;
  let file: string;
  let config: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "wallwatch-"));
    file = join(folder, "execs.ndjson");
    config = join(folder, "wallwatch.toml");
    await writeFile(config, 'capture.environment = ["LD_PRELOAD"]\n', { mode: 0o600 });
  });
  afterEach(() => rm(folder, { recursive: true }));

  interface Result {
    readonly code: number;
    readonly out: string;
    readonly err: string;
    readonly binding: FakeBinding;
  }

  /** Records what is in `batch` and ends when a signal comes right after it. */
  async function run(args: readonly string[], batch: readonly Buffer[] = [], state = ABLE): Promise<Result> {
    const binding = new FakeBinding();
    const stdio = recordedStdio();
    const code = await record(["--config", config, ...args], stdio, {
      state: () => state,
      context: () => Promise.resolve(HOST),
      watch: (options) => {
        const watch = watchExecs({
          ...options,
          canary: false,
          binding: binding.open,
          identity: IDENTITY,
          procRoot: join(folder, "proc"),
        });
        void watch.ready.then(() => {
          binding.push(...batch);
          process.emit("SIGTERM");
        });
        return watch;
      },
    });
    return { code, out: stdio.out(), err: stdio.err(), binding };
  }

  const parsed = (text: string): JsonDocument[] =>
    text
      .split("\n")
      .slice(0, -1)
      .map((line) => JSON.parse(line) as JsonDocument);

  const EXECS = [
    encodeExec({ pid: 1, path: "/usr/sbin/ufw", args: ["ufw", "disable"] }),
    encodeLoss("unresolved", 3, 1_000_000_000n, 2_000_000_000n),
    encodeExec({ pid: 2, path: "/usr/bin/curl", args: ["curl", "-u", "bob:abc", "https://h"] }),
  ];

  it("writes everything that was captured before the signal into a file of its own, and ends well", async () => {
    const { code, out, err } = await run([file], EXECS);
    assert.deepEqual([code, out], [0, ""]);
    assert.equal((await stat(file)).mode & 0o777, 0o600);
    const documents = parsed(await readFile(file, "utf8"));
    assert.deepEqual(
      documents.map((document) => field(document, "process.command_line") ?? field(document, "event.action")),
      ["ufw disable", "capture-loss", "curl -u bob:[redacted] https://h"],
    );
    assert.deepEqual(
      documents.map((document) => field(document, "wallwatch.redacted")),
      [undefined, undefined, ["process.args", "process.command_line"]],
    );
    assert.match(err, /^wallwatch: recording bastion, kernel lane\nwallwatch: 3 execs could not be read: .*\n/);
    assert.match(err, /\nwallwatch: 2 execs recorded, in 1 of them something was masked\n$/);
  });

  it("writes onto standard output without FILE", async () => {
    const { code, out } = await run(["--lane", "proc"], EXECS);
    assert.deepEqual([code, parsed(out).length], [0, 3]);
  });

  it("asks capture for the configuration's variables, and the option's lane", async () => {
    const { binding } = await run(["--lane", "proc", "-"]);
    assert.deepEqual([binding.options?.lane, binding.options?.environment], ["proc", ["LD_PRELOAD"]]);
  });

  it("loses nothing of a storm", async () => {
    const storm = Array.from({ length: 1000 }, (_, pid) => encodeExec({ pid: pid + 1, args: ["x".repeat(1000)] }));
    await run([file], storm);
    const pids = parsed(await readFile(file, "utf8")).map((document) => field(document, "process.pid"));
    assert.deepEqual(
      pids,
      storm.map((_, index) => index + 1),
    );
  });

  it("does not write over a file, nor through a link, unless it is told to", async () => {
    await writeFile(file, "mine", { mode: 0o644 });
    const link = join(folder, "link");
    await symlink(file, link);
    for (const path of [file, link]) {
      await assert.rejects(run([path], EXECS), (error) => error instanceof CommandError && error.exitCode === 74);
    }
    assert.equal(await readFile(file, "utf8"), "mine");
    await run(["--force", link], EXECS);
    assert.equal(await readFile(file, "utf8"), "mine", "the link was replaced, not what it names");
    await run(["--force", file], EXECS);
    assert.equal(parsed(await readFile(file, "utf8")).length, 3);
    assert.equal((await stat(file)).mode & 0o777, 0o600);
  });

  it("takes nothing away that is no file", async () => {
    await mkdir(file);
    await assert.rejects(run(["--force", file]), /is not a file/);
    await assert.rejects(run(["--force", "/dev/null"]), /is not a file/);
    await assert.rejects(run([join(folder, "none", "x")]), /can't be written: ENOENT/);
  });

  it("refuses as run does, and has written nothing then", async () => {
    const code = (wanted: number) => (error: unknown) => error instanceof CommandError && error.exitCode === wanted;
    await assert.rejects(run([file], [], { ...ABLE, capabilities: 0n, uid: 1000 }), code(77));
    await assert.rejects(run([file], [], { ...ABLE, namespaces: { ...ABLE.namespaces, pid: false } }), code(69));
    await assert.rejects(run(["--lane", "fast"]), code(64));
    await assert.rejects(run([file, file]), code(64));
    await assert.rejects(run(["--config", join(folder, "none")]), code(78));
    await assert.rejects(stat(file), /ENOENT/);
  });
});
