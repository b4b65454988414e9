import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";

import { ROOT } from "../support/programs.js";

const PACKAGES = join(ROOT, "build", "package");
const MOST_BYTES = 45 * 2 ** 20;

const packages = existsSync(PACKAGES) ? readdirSync(PACKAGES).filter((file) => file.endsWith(".deb")) : [];
const contentsOf = (deb: string): string => execFileSync("dpkg-deb", ["--contents", deb], { encoding: "utf8" });

it("there is a Debian package for amd64 and for arm64 (npm run package)", () => {
  assert.deepEqual(packages.map((name) => name.replace(/^.*_/, "")).sort(), ["amd64.deb", "arm64.deb"]);
});

for (const name of packages) {
  describe(name, function () {
    this.timeout(180_000);
    const deb = join(PACKAGES, name);

    it("has no errors by lintian", function () {
      if (spawnSync("lintian", ["--version"]).error) {
        console.log("      skipped: lintian is not installed");
        this.skip();
      }
      const checked = spawnSync("lintian", ["--allow-root", "--fail-on", "error", deb], { encoding: "utf8" });
      assert.equal(checked.status, 0, checked.stdout + checked.stderr);
    });

    it("is smaller than 45 MiB", () => assert.ok(statSync(deb).size < MOST_BYTES, `${statSync(deb).size} bytes`));

    it("puts nothing below /bin, /lib or /sbin, which are links by now", () => {
      assert.doesNotMatch(contentsOf(deb), / \.\/(bin|lib|sbin)\//);
    });

    it("belongs to root, writable by nobody else", () => {
      const lines = contentsOf(deb).trim().split("\n");
      for (const line of lines) assert.match(line, /^(d|-)rw(x|-)r-(x|-)r-(x|-) root\/root /);
      assert.ok(lines.length > 50);
    });

    it("holds the configuration as a conffile, and no map or source of the build", () => {
      const conffiles = execFileSync("dpkg-deb", ["--info", deb, "conffiles"], { encoding: "utf8" });
      assert.equal(conffiles.trim(), "/etc/wallwatch/wallwatch.toml");
      assert.doesNotMatch(contentsOf(deb), /\.map\n|\.ts\n|\/node_modules\//);
    });

    it("has a manual page for each of what it documents", () => {
      const contents = contentsOf(deb);
      for (const page of ["man8/wallwatch.8", "man5/wallwatch.toml.5", "man5/wallwatch-rules.5"]) {
        assert.ok(contents.includes(`/usr/share/man/${page}.gz`), page);
      }
    });
  });
}
