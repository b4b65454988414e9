// The addon of an installed package: the prebuilt one that the package brings, if it is of these sources and works here, or
// else built with node-gyp, without downloading the headers of Node.js: see native/common.gypi.
import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

import { sourcesHash } from "./sources_hash.mjs";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const require = createRequire(import.meta.url);
const nodedir = join(root, "build", "nodedir");
const include = join(nodedir, "include", "node");

if (process.argv.length === 2 && prebuiltFits()) {
  console.log("wallwatch: the prebuilt addon fits");
  process.exit(0);
}

rmSync(nodedir, { recursive: true, force: true });
mkdirSync(include, { recursive: true });
cpSync(require("node-api-headers").include_dir, include, { recursive: true });
cpSync(join(root, "native", "common.gypi"), join(include, "common.gypi"));

// make does not know that this one holds the compiled filter (.incbin).
rmSync(join(root, "build", "Release", "obj.target", "wallwatch", "native", "filter_object.o"), { force: true });

const nodeGyp = require.resolve("node-gyp/bin/node-gyp.js");
const built = spawnSync(
  process.execPath,
  [nodeGyp, "configure", "build", "--loglevel=warn", `--nodedir=${nodedir}`, ...process.argv.slice(2)],
  // npm's own setting of nodedir, where somebody has one, would win over the option.
  { cwd: root, stdio: "inherit", env: { ...process.env, npm_config_nodedir: nodedir } },
);
process.exit(built.status ?? 1);

/** A clone has tests, and always builds. Another processor or C library (musl) cannot load what is prebuilt. */
function prebuiltFits() {
  const folder = join(root, "prebuilds", `linux-${process.arch}`);
  if (existsSync(join(root, "test")) || !existsSync(folder)) return false;
  if (readFileSync(join(folder, "sources.sha256"), "utf8").trim() !== sourcesHash(root)) return false;
  const program = "require(process.argv[1])";
  return spawnSync(process.execPath, ["-e", program, join(folder, "wallwatch.node")], { stdio: "ignore" }).status === 0;
}
