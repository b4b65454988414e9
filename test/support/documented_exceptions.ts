import { readFileSync } from "node:fs";
import { join } from "node:path";

import { ROOT } from "./programs.js";

/** The configurations that docs/exceptions.md shows, by the words in bold above each. */
export function documentedExceptions(): ReadonlyMap<string, string> {
  const page = readFileSync(join(ROOT, "docs", "exceptions.md"), "utf8");
  const found = page.matchAll(/^\*\*([^*]+)\*\*[^`]*(?:`[^`]+`[^`]*)*?^```toml\n([^]*?)^```$/gm);
  return new Map(Array.from(found, ([, title = "", toml = ""]) => [title, toml]));
}
