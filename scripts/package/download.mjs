// What goes into the packages beside our own work: the Node.js of the Debian package. It is fetched by npm, as a developer's
// dependencies are, and is what its checksum here says; nothing is fetched where the packages are installed.
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";

import { root } from "./root.mjs";

/**
 * A long-term support line; npm's packages node-linux-ARCH hold the official binaries, which need glibc 2.28. The agent needs 8 MB
 * more memory with 24 (29 MB of its own, not 20), but 22 is supported until April 2027 only.
 */
const NODE = {
  version: "22.23.3",
  integrity: {
    x64: "sha512-qHnz5tFsHoj/WM+uRENVjWONi5hVvmwrgq8A4V76KpuVNAc4+jwK8x4gwbobE9BtHNg/AKR2583eYorLF/c7ng==",
    arm64: "sha512-l3DAHZreylo+p9QXDtsOrjG2JXJqVzYXnAGmIQNOUNARcMppTO2cmewVQP+36tjJnSE+dzpMNtgW+c3oiDvXtA==",
  },
};

/**
 * @param {"x64" | "arm64"} arch
 * @returns {string} the folder of that Node.js: bin/node, LICENSE
 */
export function nodeFor(arch) {
  const folder = join(root, "build", "node", `${NODE.version}-${arch}`);
  const unpacked = join(folder, "package");
  if (existsSync(unpacked)) return unpacked;
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const name = `node-linux-${arch}@${NODE.version}`;
  console.log(`fetching ${name}`);
  const packed = execFileSync("npm", ["pack", "--silent", "--pack-destination", folder, name], { encoding: "utf8" });
  const archive = join(folder, packed.trim().split("\n").at(-1) ?? "");
  const integrity = `sha512-${createHash("sha512").update(readFileSync(archive)).digest("base64")}`;
  if (integrity !== NODE.integrity[arch]) throw new Error(`${name} is not what it was: ${integrity}`);
  // The folder appears whole: what was unpacked by half is not "package".
  execFileSync("tar", ["-xzf", archive, "-C", folder, "package/bin/node", "package/LICENSE", "package/package.json"]);
  rmSync(archive);
  return unpacked;
}

export const NODE_VERSION = NODE.version;
