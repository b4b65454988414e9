import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";

import { ROOT } from "../support/programs.js";
import type { Release } from "./releases.js";

/**
 * The addon for a release, as a path below the project's root. One that was built on a newer Debian asks for symbol
 * versions that an older C library lacks, so it is then built once more with that release's compiler and libraries, as it
 * would be by anyone who installs wallwatch there.
 */
export function addonFor({ suite, version }: Release): string {
  return hostVersion() <= version ? "build/Release/wallwatch.node" : buildWith(suite);
}

/** The number of the Debian release that runs this; infinite on other systems, whose C library may be newer than any. */
function hostVersion(): number {
  const release = readFileSync("/etc/os-release", "utf8");
  const number = /^ID=debian$/m.test(release) ? /^VERSION_ID="?(\d+)/m.exec(release) : null;
  return number === null ? Infinity : Number(number[1]);
}

/** node-gyp and make run here, as ever; only the compiler runs in the release's file system. */
function buildWith(suite: string): string {
  const system = compilerOf(suite);
  const project = join(ROOT, "build", suite); // finds the packages of the one that it lies in
  rmSync(project, { recursive: true, force: true });
  mkdirSync(project, { recursive: true });
  for (const name of ["package.json", "binding.gyp", "native", "scripts"]) {
    cpSync(join(ROOT, name), join(project, name), { recursive: true });
  }
  const compiler = join(project, "compiler");
  writeFileSync(compiler, `#!/bin/sh\nexec chroot '${system}' env -C "$PWD" g++ "$@"\n`, { mode: 0o755 });
  const mounted = join(system, ROOT);
  mkdirSync(mounted, { recursive: true });
  execFileSync(
    "unshare",
    [
      "--mount",
      "sh",
      "-ec",
      'mount --bind "$1" "$2"; exec "$3" "$4"',
      "sh",
      ROOT,
      mounted,
      process.execPath,
      join(project, "scripts", "build-addon.mjs"),
    ],
    { env: { ...process.env, CXX: compiler, CC: compiler, LINK: compiler }, stdio: ["ignore", "ignore", "inherit"] },
  );
  return `build/${suite}/build/Release/wallwatch.node`;
}

/** A file system of the release with its C++ compiler, made once. */
function compilerOf(suite: string): string {
  const cache = join(process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache"), "wallwatch");
  const system = join(cache, `${suite}-compiler`);
  if (existsSync(system)) return system;
  mkdirSync(cache, { recursive: true });
  const made = `${system}.${process.pid}`;
  console.log(`installing the compiler of ${suite}`);
  execFileSync("mmdebstrap", ["--quiet", "--variant=minbase", "--include=g++", suite, made], {
    env: { ...process.env, INITRD: "No" },
    stdio: ["ignore", "ignore", "inherit"],
  });
  renameSync(made, system);
  return system;
}
