import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A process of a FakeProc. */
export interface ProcInput {
  comm?: string;
  parentPid?: number;
  group?: number;
  session?: number;
  /** As in stat: new_encode_dev(). */
  tty?: number;
  /** Ticks after boot. */
  startTicks?: number;
  kernelThread?: boolean;
  args?: readonly string[] | Uint8Array;
  executable?: string;
  directory?: string;
  uid?: number;
  euid?: number;
  gid?: number;
  capEffective?: string;
  loginUid?: number;
  auditSession?: number;
  cgroup?: string;
  localPids?: readonly number[];
}

/** A folder that looks like /proc to who reads processes there. */
export class FakeProc {
  readonly root = mkdtempSync(join(tmpdir(), "wallwatch-proc-"));

  add(pid: number, input: ProcInput = {}): void {
    const { comm = "true", parentPid = 1, group = pid, session = pid, tty = 0, startTicks = 500 } = input;
    const { uid = 0, euid = uid, gid = 0, capEffective = "0000000000000000", localPids = [pid] } = input;
    const folder = join(this.root, String(pid));
    mkdirSync(folder, { recursive: true });
    const write = (name: string, content: string | Uint8Array): void => writeFileSync(join(folder, name), content);
    const flags = input.kernelThread === true ? 0x0020_8040 : 0x0040_0000;
    const counts = "0 0 0 0 0 0 0 0 20 0 1 0";
    write(
      "stat",
      `${pid} (${comm}) S ${parentPid} ${group} ${session} ${tty} -1 ${flags} ${counts} ${startTicks} 0 0\n`,
    );
    const status = [
      `Name:\t${comm}`,
      `NSpid:\t${localPids.join("\t")}`,
      `Uid:\t${uid}\t${euid}\t${uid}\t${uid}`,
      `Gid:\t${gid}\t${gid}\t${gid}\t${gid}`,
      `CapPrm:\t${capEffective}`,
      `CapEff:\t${capEffective}`,
    ];
    write("status", `${status.join("\n")}\n`);
    write("loginuid", String(input.loginUid ?? 0xffffffff));
    write("sessionid", String(input.auditSession ?? 0xffffffff));
    write("cgroup", `0::${input.cgroup ?? "/init.scope"}\n`);
    const { args = [] } = input;
    write("cmdline", args instanceof Uint8Array ? args : args.map((arg) => `${arg}\0`).join(""));
    if (input.executable !== undefined) this.link(folder, "exe", input.executable);
    if (input.directory !== undefined) this.link(folder, "cwd", input.directory);
  }

  remove(pid: number): void {
    rmSync(join(this.root, String(pid)), { recursive: true });
  }

  close(): void {
    rmSync(this.root, { recursive: true });
  }

  private link(folder: string, name: string, target: string): void {
    rmSync(join(folder, name), { force: true });
    symlinkSync(target, join(folder, name));
  }
}
