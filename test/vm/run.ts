// npm run test:vm [-- SUITE... [install]]: the tests of each Debian release (releases.ts), in a fresh machine; with "install"
// those of the Debian package in its place (install.ts).
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { basename, join } from "node:path";

import { compileProgram, ROOT } from "../support/programs.js";
import { addonFor } from "./addon.js";
import { INSTALL_TESTS, putPackages } from "./install.js";
import { packProject } from "./pack.js";
import { RELEASES, type Release } from "./releases.js";

/** Makes and runs the machines; it stands beside a clone of the project. */
const VM = join(ROOT, "..", "shared", "vm");

/** Seconds for one machine, its boot included; it may be emulated. */
const TIMEOUT = 1500;

/** run-in-vm's status where the machine stopped before its script ended. */
const COULD_NOT_RUN = 125;

/** The guests have no compiler. */
const PROGRAMS = [
  "bench/storm.cc",
  "test/programs/blinder.cc",
  "test/programs/exec_ways.cc",
  "test/programs/linger_32bit.S",
  "test/programs/exit_at_once.S",
  "test/programs/forger.cc",
  "test/programs/linger.cc",
];

function releaseNamed(name: string): Release {
  const found = RELEASES.find((candidate) => candidate.suite === name);
  if (found === undefined)
    throw new Error(`no release ${name}; there are ${RELEASES.map(({ suite }) => suite).join(", ")}`);
  return found;
}

/** Makes the image of a release, and a folder for its machines. @returns what `use` does with them */
function withMachine(release: Release, use: (folder: string, env: NodeJS.ProcessEnv) => boolean): boolean {
  const { suite, name } = release;
  console.log(`${name} (${suite})`);
  const env = { ...process.env, VM_SUITE: suite };
  execFileSync(join(VM, "build-image"), { env, stdio: "inherit" });
  const folder = mkdtempSync(join(ROOT, "build", `vm-${suite}-`));
  try {
    packProject(addonFor(release), folder);
    return use(folder, env);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const guestArguments = (folder: string, tests: readonly string[]): string[] => [
  ...["--verbose", "--timeout", String(TIMEOUT), "--share", folder],
  join(ROOT, "test", "vm", "guest.sh"),
  ...tests.map((name) => `dist/test/${name}.test.js`),
];

/** @returns whether all tests passed there */
function runIn(release: Release): boolean {
  return withMachine(release, (folder, env) => runMachine(guestArguments(folder, release.tests), env) === 0);
}

/** One machine, with a reboot between the tests. @returns whether all passed */
function installIn(release: Release): boolean {
  return withMachine(release, (folder, env) => {
    putPackages(folder);
    const disk = ["--disk", join(folder, "..", `${basename(folder)}.disk`)];
    try {
      return INSTALL_TESTS.map((tests) => runMachine([...disk, ...guestArguments(folder, tests)], env) === 0).every(
        Boolean,
      );
    } finally {
      rmSync(disk[1] ?? "", { force: true });
    }
  });
}

/**
 * Boots a machine and runs its script. One that could not be run at all is tried once more: on a very busy host a guest
 * may look for its file systems before it has found the device.
 *
 * @returns the exit status of the script, or of run-in-vm
 */
function runMachine(args: readonly string[], env: NodeJS.ProcessEnv): number | null {
  const run = (): number | null =>
    spawnSync(join(VM, "run-in-vm"), args, { env, stdio: ["ignore", "inherit", "inherit"] }).status;
  const status = run();
  if (status !== COULD_NOT_RUN) return status;
  console.log("the machine could not be run; once more");
  return run();
}

if (!existsSync(VM)) {
  console.error(`There are no virtual machines here: ${VM} is missing.`);
  process.exit(1);
}
for (const source of PROGRAMS) compileProgram(source);
const asked = process.argv.slice(2);
const names = asked.filter((name) => name !== "install");
const releases = names.length > 0 ? names.map(releaseNamed) : RELEASES;
const results = releases.map(asked.includes("install") ? installIn : runIn);
process.exit(results.every(Boolean) ? 0 : 1);
