import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/**
 * What the addon is made of, as one hash: a prebuilt addon serves only the sources that it was built from. (Times do not
 * tell: npm gives every file of a package the same.)
 *
 * @param {string} root the project's
 * @returns {string} hexadecimal
 */
export function sourcesHash(root) {
  const names = readdirSync(join(root, "native"), { recursive: true })
    .map((name) => `native/${name}`)
    .filter((name) => /\.(cc|h|o)$/.test(name));
  const hash = createHash("sha256");
  for (const name of ["binding.gyp", ...names.sort()]) {
    const content = readFileSync(join(root, name));
    hash.update(`${name}\0${content.length}\0`).update(content);
  }
  return hash.digest("hex");
}
