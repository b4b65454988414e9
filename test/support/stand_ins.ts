import { execFile } from "node:child_process";
import { chmodSync, copyFileSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

import { compileProgram } from "./programs.js";

const run = promisify(execFile);

/** Harmless programs with the names of firewall tools, in a folder of their own. */
export class StandIns {
  readonly folder = mkdtempSync(join(tmpdir(), "wallwatch-stand-ins-"));
  readonly #program: string;

  /** @param lane in the proc lane a program must live until /proc has been read, so the stand-ins do */
  constructor(lane: "kernel" | "proc") {
    this.#program = lane === "proc" ? compileProgram("test/programs/linger.cc") : "/bin/true";
    chmodSync(this.folder, 0o755); // other users execute what is in there
  }

  path(name: string): string {
    return join(this.folder, name);
  }

  /** A program with this name that does nothing and succeeds. */
  program(name: string): string {
    copyFileSync(this.#program, this.path(name));
    return this.path(name);
  }

  /** The same without a dynamic linker, for a chroot. */
  staticProgram(name: string): string {
    copyFileSync(compileProgram("test/programs/linger.cc"), this.path(name));
    return this.path(name);
  }

  script(name: string, text: string): string {
    writeFileSync(this.path(name), text, { mode: 0o755 });
    return this.path(name);
  }

  symlink(name: string, target: string): string {
    symlinkSync(target, this.path(name));
    return this.path(name);
  }

  /** Executes one of them and waits for its end, which must be a good one. */
  async run(name: string, ...args: string[]): Promise<void> {
    await run(this.path(name), args, { cwd: "/" });
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** Executes by one of the ways of test/programs/exec_ways.cc. */
export async function execBy(way: string, program: string, argv: readonly string[]): Promise<void> {
  await run(compileProgram("test/programs/exec_ways.cc"), [way, program, ...argv], { cwd: "/" });
}
