// npm run package [-- [--version VERSION] [x64|arm64]...]: the Debian packages, into build/package.
import { execFileSync } from "node:child_process";
import { readFileSync, statSync } from "node:fs";
import { join, relative } from "node:path";
import { parseArgs } from "node:util";

import { buildDeb } from "./deb.mjs";
import { root } from "./root.mjs";

const { values, positionals } = parseArgs({ options: { version: { type: "string" } }, allowPositionals: true });
const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
const date = Number(
  process.env.SOURCE_DATE_EPOCH ?? execFileSync("git", ["log", "-1", "--format=%ct"], { cwd: root, encoding: "utf8" }),
);
for (const arch of positionals.length > 0 ? positionals : ["x64", "arm64"]) {
  const deb = await buildDeb(arch, values.version ?? `${version}-1`, date);
  const mebibytes = (statSync(deb).size / 2 ** 20).toFixed(1);
  const installed = execFileSync("dpkg-deb", ["--field", deb, "Installed-Size"], { encoding: "utf8" }).trim();
  console.log(`${relative(root, deb)}: ${mebibytes} MiB, installed ${Math.round(Number(installed) / 1024)} MiB`);
}
