import { readFileSync } from "node:fs";
import { join } from "node:path";

import { PACKAGE_ROOT } from "./package_root.js";

/** The version in package.json. */
export function packageVersion(): string {
  const text = readFileSync(join(PACKAGE_ROOT, "package.json"), "utf8");
  const parsed: unknown = JSON.parse(text);
  if (typeof parsed === "object" && parsed !== null && "version" in parsed && typeof parsed.version === "string") {
    return parsed.version;
  }
  throw new Error("package.json has no version");
}
