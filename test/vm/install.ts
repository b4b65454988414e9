import { execFileSync } from "node:child_process";
import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { ROOT } from "../support/programs.js";

/** The tests of the installed package; the second lot are of the same machine after a reboot. */
export const INSTALL_TESTS = [["vm/guest/install", "vm/guest/conditions"], ["vm/guest/reboot"]] as const;

const PACKAGES = join(ROOT, "build", "package");

/**
 * Puts the package into a machine's folder, and one of a lower version to upgrade from, with the same contents but for
 * that. It is not packed as small: an emulated machine takes long to unpack.
 */
export function putPackages(folder: string): void {
  const name = readdirSync(PACKAGES).find((file) => file.endsWith("_amd64.deb"));
  if (name === undefined) throw new Error('There is no package to install: "npm run package -- x64" builds it.');
  copyFileSync(join(PACKAGES, name), join(folder, name));
  const unpacked = mkdtempSync(join(ROOT, "build", "previous-"));
  try {
    execFileSync("dpkg-deb", ["--raw-extract", join(PACKAGES, name), unpacked]);
    lowerVersion(join(unpacked, "DEBIAN", "control"), /^(Version: .*)$/m);
    lowerVersion(join(unpacked, "usr", "lib", "wallwatch", "package.json"), /("version":"[^"]*)/);
    const previous = join(folder, name.replace("_amd64", "~previous_amd64"));
    execFileSync("dpkg-deb", ["--root-owner-group", "-Zgzip", "-z1", "--build", unpacked, previous], {
      stdio: "ignore",
    });
  } finally {
    rmSync(unpacked, { recursive: true, force: true });
  }
}

function lowerVersion(file: string, version: RegExp): void {
  writeFileSync(file, readFileSync(file, "utf8").replace(version, "$1~previous"));
}
