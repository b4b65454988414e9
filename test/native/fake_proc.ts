import { closeSync, mkdirSync, mkdtempSync, openSync, rmSync, symlinkSync, writeFileSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Where the fake memory ends: the path of execve lies there. */
const ENV_END = 0x10000;

export interface FakeProcess {
  readonly comm?: string;
  /** cmdline, as it stands in memory. */
  readonly args?: string;
  readonly ppid?: number;
  readonly pgrp?: number;
  readonly session?: number;
  /** As /proc/PID/stat has it. */
  readonly tty?: number;
  readonly flags?: number;
  /** In ticks. */
  readonly start?: number;
  /** Bytes of argv by the kernel's own account, where it is not that of `args`. */
  readonly argsSize?: number;
  /** The path of execve. */
  readonly path?: string;
  readonly exe?: string;
  readonly cwd?: string;
  /** Other files. */
  readonly files?: Readonly<Record<string, string>>;
  readonly namespaces?: Readonly<Record<string, number>>;
}

/** A folder that looks like /proc to the addon. */
export class FakeProc {
  readonly root = mkdtempSync(join(tmpdir(), "wallwatch-proc-"));

  add(pid: number, process: FakeProcess): void {
    const folder = join(this.root, String(pid));
    mkdirSync(join(folder, "ns"), { recursive: true });
    const args = process.args ?? "";
    writeFileSync(join(folder, "cmdline"), args, "latin1");
    writeFileSync(join(folder, "stat"), statLine(pid, process, process.argsSize ?? args.length));
    for (const [name, text] of Object.entries(process.files ?? {})) writeFileSync(join(folder, name), text, "latin1");
    for (const [name, inode] of Object.entries(process.namespaces ?? {})) {
      symlinkSync(`${name}:[${inode}]`, join(folder, "ns", name));
    }
    if (process.exe !== undefined) symlinkSync(process.exe, join(folder, "exe"));
    if (process.cwd !== undefined) symlinkSync(process.cwd, join(folder, "cwd"));
    if (process.path !== undefined) {
      const memory = openSync(join(folder, "mem"), "w");
      writeSync(memory, Buffer.from(`${process.path}\0`, "latin1"), 0, null, ENV_END);
      closeSync(memory);
    }
  }

  remove(): void {
    rmSync(this.root, { recursive: true, force: true });
  }
}

function statLine(pid: number, process: FakeProcess, argsSize: number): string {
  const fields = Array<number>(53).fill(0); // numbered as in proc(5)
  fields[4] = process.ppid ?? 1;
  fields[5] = process.pgrp ?? pid;
  fields[6] = process.session ?? pid;
  fields[7] = process.tty ?? 0;
  fields[8] = -1;
  fields[9] = process.flags ?? 0;
  fields[22] = process.start ?? 1;
  fields[28] = 0x8000;
  fields[48] = 0x9000;
  fields[49] = 0x9000 + argsSize;
  fields[51] = ENV_END;
  return `${pid} (${process.comm ?? "program"}) S ${fields.slice(4).join(" ")}\n`;
}
