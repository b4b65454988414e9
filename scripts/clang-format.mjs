// Formats the C and C++ sources that git knows or would add, or with --check names those that are not formatted.
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const patterns = ["native", "test", "bench"].flatMap((folder) =>
  ["c", "cc", "h"].map((end) => `${folder}/**/*.${end}`),
);
const listed = execFileSync(
  "git",
  ["ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", ...patterns.map((glob) => `:(glob)${glob}`)],
  { cwd: root, encoding: "utf8" },
);
// A file that was deleted and not yet committed is still listed.
const files = listed.split("\0").filter((file) => file !== "" && existsSync(`${root}/${file}`));
const mode = process.argv.includes("--check") ? ["--dry-run", "--Werror"] : ["-i"];
const binary = createRequire(import.meta.url)("clang-format").getNativeBinary();
const formatted = spawnSync(binary, [...mode, "--style=file", ...files], { cwd: root, stdio: "inherit" });
if (formatted.error) throw formatted.error;
process.exit(formatted.status ?? 1);
