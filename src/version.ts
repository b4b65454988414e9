import { readFileSync } from "node:fs";

/** The version in package.json. */
export function packageVersion(): string {
  // This module runs as dist/src/version.js.
  const text = readFileSync(new URL("../../package.json", import.meta.url), "utf8");
  const parsed: unknown = JSON.parse(text);
  if (typeof parsed === "object" && parsed !== null && "version" in parsed && typeof parsed.version === "string") {
    return parsed.version;
  }
  throw new Error("package.json has no version");
}
