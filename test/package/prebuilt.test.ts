import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";

import { ROOT } from "../support/programs.js";

/** Debian's C library for that processor, as its package libc6-arm64-cross has it. */
const ARM64_SYSTEM = "/usr/aarch64-linux-gnu";
const QEMU = "/usr/bin/qemu-aarch64-static";
/** Where the Debian package for arm64 was staged. */
const ARM64_NODE = join(ROOT, "build", "package", "arm64", "usr", "lib", "wallwatch", "bin", "node");

const prebuilt = (arch: string): string => join(ROOT, "prebuilds", `linux-${arch}`, "wallwatch.node");
const objdump = (...args: string[]): string => execFileSync("llvm-objdump", args, { encoding: "utf8" });

/** "2.17" as a number that compares. */
const versionNumber = (version: string): number => {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  return major * 1000 + minor;
};

for (const arch of ["x64", "arm64"]) {
  describe(`the prebuilt addon for ${arch}`, function () {
    this.timeout(120_000);

    it("needs no glibc newer than 2.28, and no C++ library of the host", () => {
      const symbols = objdump("--dynamic-syms", prebuilt(arch));
      const versions = [...symbols.matchAll(/\(?(GLIBC\w*)_([\d.]+)\)?/g)];
      assert.ok(versions.length > 10, symbols.slice(0, 1000));
      for (const [found, family, version = ""] of versions) {
        assert.equal(family, "GLIBC", found);
        assert.ok(versionNumber(version) <= versionNumber("2.28"), found);
      }
    });

    it("is linked with parts of glibc alone, not with libbpf", () => {
      const needed = [...objdump("--private-headers", prebuilt(arch)).matchAll(/NEEDED\s+(\S+)/g)].map(
        ([, name]) => name,
      );
      assert.ok(needed.length > 0);
      for (const name of needed) assert.match(name ?? "", /^(lib(c|m|dl|pthread)\.so\.\d|ld-linux-[\w-]+\.so\.\d)$/);
    });
  });
}

describe("the prebuilt addon for arm64, emulated", function () {
  this.timeout(300_000);

  it("loads, reads a process and has it decoded", function () {
    const missing = [QEMU, ARM64_SYSTEM, ARM64_NODE].find((path) => !existsSync(path));
    if (missing !== undefined) {
      console.log(`      skipped: ${missing} is missing`);
      this.skip();
    }
    const script = `
      const addon = require(process.argv[1]);
      const { BatchReader } = await import(process.argv[2] + "/batch.js");
      const { args, pid } = new BatchReader(addon.readProcess(process.pid)).next();
      console.log(JSON.stringify({ arch: process.arch, isSelf: pid === process.pid, args }));`;
    const args = [
      ARM64_NODE,
      "-e",
      `(async () => {${script}})()`,
      prebuilt("arm64"),
      join(ROOT, "dist", "src", "capture"),
    ];
    const env = { ...process.env, QEMU_LD_PREFIX: ARM64_SYSTEM };
    const said = JSON.parse(execFileSync(QEMU, args, { encoding: "utf8", env })) as Record<string, unknown>;
    assert.equal(said["arch"], "arm64");
    assert.equal(said["isSelf"], true);
    assert.ok((said["args"] as string[]).includes(prebuilt("arm64")), JSON.stringify(said["args"]));
  });
});
