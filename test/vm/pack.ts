import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync } from "node:fs";
import { join } from "node:path";

import { ROOT } from "../support/programs.js";

/** What builds, checks and formats the project, and is not needed to run or test it. */
const NOT_NEEDED = [
  "typescript",
  "@typescript-eslint",
  "@types",
  "clang-format",
  "eslint",
  "prettier",
  "node-gyp",
  "*.map",
  "*.d.ts",
];

/**
 * Packs the built project with its packages into one file: a guest reads that far faster than thousands of files over its
 * file system of the host.
 *
 * @param addon from the project's root; it becomes build/Release/wallwatch.node
 * @param folder gets project.tar
 */
export function packProject(addon: string, folder: string): void {
  const staged = join(folder, "stage");
  mkdirSync(join(staged, "build", "Release"), { recursive: true });
  copyFileSync(join(ROOT, addon), join(staged, "build", "Release", "wallwatch.node"));
  const excluded = NOT_NEEDED.map((pattern) => `--exclude=${pattern}`);
  const contents = ["package.json", "dist", "node_modules", "rules", "build/programs", "test/vm/guest.sh"];
  execFileSync("tar", [
    "-cf",
    join(folder, "project.tar"),
    ...excluded,
    "-C",
    ROOT,
    ...contents,
    "-C",
    staged,
    "build/Release",
  ]);
}
