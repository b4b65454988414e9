import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, renameSync, statSync } from "node:fs";
import { basename, join } from "node:path";

/** The project's root: this file runs from dist/test/support. */
export const ROOT = join(import.meta.dirname, "..", "..", "..");

/** Where compiled programs are kept between runs. */
const BUILT = join(ROOT, "build", "programs");

const FLAGS = ["-O2", "-Wall", "-Wextra", "-Werror", "-static"];

/**
 * Compiles a program of test/programs or bench, statically, so that it also runs in a chroot and on other releases. A
 * machine without a compiler uses what another one has left in build/programs.
 *
 * @param source from the project's root, such as "test/programs/exec_ways.cc"; ".S" is assembled without the C library
 * @returns the path of the program
 */
export function compileProgram(source: string): string {
  const from = join(ROOT, source);
  const to = join(BUILT, basename(source).replace(/\.[^.]+$/, ""));
  if (existsSync(to) && !(existsSync(from) && statSync(from).mtimeMs > statSync(to).mtimeMs)) return to;
  mkdirSync(BUILT, { recursive: true });
  const own = `${to}.${process.pid}`;
  const language = source.endsWith(".S") ? ["-nostdlib"] : ["-std=c++17", "-pthread"];
  if (source.includes("32bit")) language.push("-m32");
  execFileSync("c++", [...FLAGS, ...language, "-o", own, from], { stdio: ["ignore", "inherit", "inherit"] });
  renameSync(own, to); // whole or not at all: mocha and a bench may compile at the same time
  return to;
}
