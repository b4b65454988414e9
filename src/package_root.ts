import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/**
 * The folder of package.json, which also holds rules/ and the addon. It is looked for upwards from this module, for that
 * stands at different depths: in dist/src here, in lib/ of the Debian package, where all modules are bundled.
 */
export const PACKAGE_ROOT = rootAbove(dirname(fileURLToPath(import.meta.url)));

function rootAbove(folder: string): string {
  for (let candidate = folder; ; candidate = dirname(candidate)) {
    if (existsSync(join(candidate, "package.json"))) return candidate;
    if (candidate === "/") throw new Error(`there is no package.json above ${folder}`);
  }
}
