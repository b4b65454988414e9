import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { ROOT } from "../support/programs.js";

/** Runs the program of the installed package. */
const wallwatch = (folder: string, ...args: string[]) =>
  spawnSync("npx", ["--no-install", "wallwatch", ...args], { cwd: folder, encoding: "utf8" });

describe("the npm package", function () {
  this.timeout(300_000);
  let folder: string;
  let installed: string;

  before(() => {
    folder = mkdtempSync(join(tmpdir(), "wallwatch-npm-"));
    const pack = ["pack", "--silent", "--ignore-scripts", "--pack-destination", folder];
    const packed = execFileSync("npm", pack, { cwd: ROOT, encoding: "utf8" });
    writeFileSync(join(folder, "package.json"), JSON.stringify({ name: "host", private: true }));
    const tarball = join(folder, packed.trim().split("\n").at(-1) ?? "");
    execFileSync("npm", ["install", "--prefer-offline", "--no-audit", "--no-fund", tarball], {
      cwd: folder,
      stdio: ["ignore", "ignore", "inherit"],
    });
    installed = join(folder, "node_modules", "wallwatch");
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  it("brings the addon for this machine, and does not build it", () => {
    assert.ok(existsSync(join(installed, "prebuilds", `linux-${process.arch}`, "wallwatch.node")));
    assert.ok(!existsSync(join(installed, "build")), "it was built");
  });

  it("npx wallwatch check looks at the host with it", () => {
    const { stdout, stderr, status } = wallwatch(folder, "check");
    assert.match(stdout, /^\w+ +libbpf +/m, stderr);
    assert.match(stdout, /^\w+ +lane +/m, stderr);
    assert.doesNotMatch(stdout, /addon/);
    assert.notEqual(status, null);
  });

  it("says its version", () => assert.match(wallwatch(folder, "--version").stdout, /^wallwatch \d/));

  it("does not use a prebuilt addon of other sources", () => {
    writeFileSync(join(installed, "prebuilds", `linux-${process.arch}`, "sources.sha256"), "0\n");
    // A compiler that refuses shows that it was asked.
    const env = { ...process.env, CXX: "/bin/false", CC: "/bin/false" };
    const script = join(installed, "scripts", "build-addon.mjs");
    const built = spawnSync(process.execPath, [script], { encoding: "utf8", env });
    assert.doesNotMatch(built.stdout, /prebuilt addon fits/);
    assert.ok(existsSync(join(installed, "build")), built.stderr);
  });
});
