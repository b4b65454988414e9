// Bundles the program with its packages into a folder: main.js, machine.js (a program of its own: src/host/facts.ts) and the
// chunks that are loaded when a command first needs them.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { build } from "esbuild";

import { root } from "./root.mjs";

/** Some packages are CommonJS, and ask for Node's own modules with require. */
const REQUIRE =
  'import { createRequire as createRequireOfBundle } from "node:module"; const require = createRequireOfBundle(import.meta.url);';

/**
 * @param {string} folder gets the JavaScript
 * @returns {Promise<string[]>} the names of the packages in it, sorted
 */
export async function bundle(folder) {
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: ["dist/src/main.js", "dist/src/host/machine.js"],
    entryNames: "[name]",
    outdir: folder,
    bundle: true,
    splitting: true,
    format: "esm",
    platform: "node",
    target: "node22",
    keepNames: true,
    legalComments: "none", // their licences stand in the copyright file
    banner: { js: REQUIRE },
    logLevel: "warning",
    metafile: true,
  });
  // It is handed to the Node.js beside it, and not executed by itself.
  const main = join(folder, "main.js");
  writeFileSync(main, readFileSync(main, "utf8").replace(/^#!.*\n/, ""));
  const names = Object.keys(metafile.inputs).flatMap((input) => {
    const found = /.*node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(input);
    return found ? [found[1]] : [];
  });
  return [...new Set(names)].sort();
}
