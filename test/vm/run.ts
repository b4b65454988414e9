// npm run test:vm [-- SUITE... [install]]: the tests of each Debian release (releases.ts), in a fresh machine; with "install"
// those of the Debian package in its place (install.ts).
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { basename, join } from "node:path";

import { compileProgram, ROOT } from "../support/programs.js";
import { addonFor } from "./addon.js";
import { HostSink } from "./host_sink.js";
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
async function withMachine(
  release: Release,
  use: (folder: string, env: NodeJS.ProcessEnv) => Promise<boolean>,
): Promise<boolean> {
  const { suite, name } = release;
  console.log(`${name} (${suite})`);
  const env = { ...process.env, VM_SUITE: suite };
  execFileSync(join(VM, "build-image"), { env, stdio: "inherit" });
  const folder = mkdtempSync(join(ROOT, "build", `vm-${suite}-`));
  try {
    packProject(addonFor(release), folder);
    return await use(folder, env);
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
function runIn(release: Release): Promise<boolean> {
  return withMachine(
    release,
    async (folder, env) => (await runMachine(guestArguments(folder, release.tests), env)) === 0,
  );
}

/** One machine, with a reboot between the tests, and a sink for it on the host. @returns whether all passed */
function installIn(release: Release): Promise<boolean> {
  return withMachine(release, async (folder, env) => {
    putPackages(folder);
    const disk = join(folder, "..", `${basename(folder)}.disk`);
    const sink = await HostSink.open();
    // 10.0.2.2 is the host.
    const reach = ["--host-port", String(sink.port), "--env", `HOST_SINK=http://10.0.2.2:${sink.port}/`];
    try {
      let hasPassed = true;
      for (const tests of INSTALL_TESTS) {
        const status = await runMachine(["--disk", disk, ...reach, ...guestArguments(folder, tests)], env);
        hasPassed &&= status === 0;
      }
      return hasPassed;
    } finally {
      sink.close();
      rmSync(disk, { force: true });
    }
  });
}

/**
 * Boots a machine and runs its script. One that could not be run at all is tried once more: on a very busy host a guest
 * may look for its file systems before it has found the device.
 *
 * @returns the exit status of the script, or of run-in-vm
 */
async function runMachine(args: readonly string[], env: NodeJS.ProcessEnv): Promise<number | null> {
  const run = async (): Promise<number | null> => {
    const machine = spawn(join(VM, "run-in-vm"), args, { env, stdio: ["ignore", "inherit", "inherit"] });
    const [status] = (await once(machine, "exit")) as [number | null];
    return status;
  };
  const status = await run();
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
const results: boolean[] = [];
for (const release of releases) results.push(await (asked.includes("install") ? installIn : runIn)(release));
process.exit(results.every(Boolean) ? 0 : 1);
