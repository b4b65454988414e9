import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { closeSync, fstatSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { EXIT } from "../../src/cli/exit.js";
import { ROOT } from "../support/programs.js";

const MAIN = join(ROOT, "dist", "src", "main.js");
const { version } = JSON.parse(spawnSync("cat", [join(ROOT, "package.json")], { encoding: "utf8" }).stdout) as {
  version: string;
};

/** Runs wallwatch to its end, `before` it another program that executes it. */
function wallwatch(
  args: readonly string[],
  before: readonly string[] = [],
): { status: number | null; stdout: string; stderr: string } {
  const [program = "", ...rest] = [...before, process.execPath, MAIN, ...args];
  const { status, stdout, stderr, error } = spawnSync(program, rest, { encoding: "utf8" });
  if (error !== undefined) throw error;
  return { status, stdout, stderr };
}

describe("wallwatch", () => {
  it("says its version and its commands", () => {
    assert.deepEqual(wallwatch(["--version"]), { status: 0, stdout: `wallwatch ${version}\n`, stderr: "" });
    const help = wallwatch(["--help"]);
    assert.equal(help.status, 0);
    for (const command of ["run", "check"]) assert.match(help.stdout, new RegExp(`^  ${command} `, "m"));
  });

  for (const command of ["--help", "rules"]) {
    it(`says of ${command} that its output cannot be written where that is so`, () => {
      const script = 'exec "$@" >/dev/full';
      const { status, stderr } = wallwatch([command], ["sh", "-c", script, "sh"]);
      assert.equal(status, EXIT.io);
      assert.equal(stderr, "wallwatch: The output cannot be written: ENOSPC: no space left on device, write.\n");
    });
  }

  for (const args of [
    ["query", "any where true"],
    ["replay", "--rules", "rules"],
  ]) {
    it(`does not blame its input where ${args[0]}'s output cannot be written`, () => {
      const event = JSON.stringify({
        event: { category: "process", type: "start", action: "exec" },
        host: { os: { type: "linux" } },
        process: { name: "ufw", args: ["ufw", "disable"] },
      });
      const script = 'echo "$0" | "$@" >/dev/full';
      const { status, stderr } = wallwatch(args, ["sh", "-c", script, event]);
      assert.equal(status, EXIT.io);
      assert.equal(stderr, "wallwatch: The output cannot be written: ENOSPC: no space left on device, write.\n");
    });
  }

  for (const command of ["run", "check", "reload"]) {
    it(`explains ${command} without running it`, () => {
      const { status, stdout, stderr } = wallwatch([command, "--help"]);
      assert.deepEqual([status, stderr], [0, ""]);
      assert.match(stdout, new RegExp(`^Usage: wallwatch ${command} `));
      assert.match(stdout, /^Exit codes: /m);
    });
  }

  it("says as an error why it ends where standard error is the journal's", () => {
    const folder = mkdtempSync(join(tmpdir(), "wallwatch-journal-"));
    const journal = openSync(join(folder, "journal"), "w");
    try {
      const { dev, ino } = fstatSync(journal, { bigint: true });
      const env = { ...process.env, JOURNAL_STREAM: `${dev}:${ino}` };
      spawnSync(process.execPath, [MAIN, "frobnicate"], { env, stdio: ["ignore", "ignore", journal] });
      const lines = readFileSync(join(folder, "journal"), "utf8").trimEnd().split("\n");
      assert.equal(lines[0], '<3>wallwatch: There is no command "frobnicate".');
      assert.ok(lines.every((line) => line.startsWith("<3>")));
    } finally {
      closeSync(journal);
      rmSync(folder, { recursive: true });
    }
  });

  for (const [args, message] of [
    [[], /^wallwatch sees every program/],
    [["frobnicate"], /^wallwatch: There is no command "frobnicate"\.\n/],
    [["run", "--frob"], /^wallwatch: Unknown option '--frob'\.\nSee "wallwatch run --help"\.\n$/],
    [["run", "operand"], /^wallwatch: Unexpected argument 'operand'\./],
    [["run", "--config"], /^wallwatch: Option '--config <value>' argument missing\.\n/],
    [["run", "--lane", "fast"], /^wallwatch: There is no lane "fast"/],
    [["check", "--json=1"], /^wallwatch: Option '--json' does not take an argument\.\n/],
  ] as const) {
    it(`refuses "${args.join(" ")}" as usage`, () => {
      const { status, stdout, stderr } = wallwatch(args);
      assert.equal(status, EXIT.usage);
      assert.equal(stdout, "");
      assert.match(stderr, message);
      assert.doesNotMatch(stderr, /^\s+at /m);
    });
  }

  describe("with a bad configuration", () => {
    let folder: string;
    before(() => (folder = mkdtempSync(join(tmpdir(), "wallwatch-main-"))));
    after(() => rmSync(folder, { recursive: true }));

    it("ends run with one line for each mistake", () => {
      const config = join(folder, "bad.toml");
      writeFileSync(config, 'log.paht = "/x"\ncap.window = "1s"\n', { mode: 0o600 });
      const { status, stderr } = wallwatch(["run", "--config", config]);
      assert.equal(status, EXIT.configuration);
      assert.deepEqual(stderr.split("\n"), [
        "wallwatch: There are 2 mistakes in the configuration:",
        `${config}:1:5: there is no key log.paht; did you mean path?`,
        `${config}:2:5: cap.window must be a duration between "10s" and "1h", such as "10s"`,
        "",
      ]);
    });

    it("has check say so and look at the rest", () => {
      const config = join(folder, "worse.toml");
      writeFileSync(config, "tags = \n", { mode: 0o600 });
      const { stdout } = wallwatch(["check", "--json", "--config", config]);
      const report = JSON.parse(stdout) as {
        checks: { name: string; status: string; exitCode?: number; cure?: string }[];
      };
      const configuration = report.checks.find(({ name }) => name === "configuration");
      assert.equal(configuration?.status, "failed");
      assert.equal(configuration.exitCode, EXIT.configuration);
      assert.ok(report.checks.some(({ name }) => name === "rules"));
    });
  });

  describe("where it cannot watch (needs root)", () => {
    before(function () {
      if (process.geteuid?.() !== 0) this.skip();
    });

    for (const [what, before, exitCode, message] of [
      ["without the privilege", ["setpriv", "--inh-caps=-all", "--bounding-set=-all"], EXIT.privilege, /CAP_NET_ADMIN/],
      ["in a network namespace", ["unshare", "--net"], EXIT.unavailable, /network namespace is not the host's/],
      [
        "in a pid namespace",
        ["unshare", "--pid", "--fork", "--mount-proc"],
        EXIT.unavailable,
        /pid namespace is not the host's/,
      ],
      [
        "in a user namespace",
        ["unshare", "--user", "--map-root-user"],
        EXIT.unavailable,
        /user namespace is not the host's/,
      ],
    ] as const) {
      it(`says so in a sentence and what to do, ${what}`, () => {
        const folder = mkdtempSync(join(tmpdir(), "wallwatch-main-"));
        const { status, stderr } = wallwatch(["run", "--log", join(folder, "alerts.ndjson")], before);
        rmSync(folder, { recursive: true });
        assert.equal(status, exitCode);
        assert.match(stderr, message);
        assert.equal(stderr.trimEnd().split("\n").length, 2, stderr);
      });

      it(`is told by check, ${what}`, () => {
        const { status, stdout } = wallwatch(["check", "--json"], before);
        assert.equal(status, exitCode);
        const report = JSON.parse(stdout) as {
          exitCode: number;
          lane: string | null;
          checks: { status: string; cure?: string }[];
        };
        assert.equal(report.exitCode, exitCode);
        assert.equal(report.lane, null);
        for (const { status: each, cure } of report.checks) assert.ok(each === "ok" || cure !== undefined);
      });
    }
  });
});
