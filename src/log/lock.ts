import { readFileSync } from "node:fs";
import { readFile, readlink, symlink, unlink } from "node:fs/promises";

import { hasCode } from "../errno.js";

/** Another process writes this log: two writers would tear each other's lines. */
export class LogInUseError extends Error {
  override readonly name = "LogInUseError";

  constructor(
    readonly path: string,
    readonly pid: number,
  ) {
    super(`process ${pid} already writes ${path}`);
  }
}

/**
 * The right to write one log. It is a symbolic link beside it whose target names the process: made in one step, it needs
 * no data block on a full disk, and a link left by a process that is gone is recognised and replaced. (Node has no flock.)
 */
export class LogLock {
  readonly #path: string;
  readonly #link: string;
  #held = false;

  constructor(path: string) {
    this.#path = path;
    this.#link = `${path}.lock`;
  }

  /**
   * Takes the lock, or makes sure that it is still there: it goes away with a folder that is moved.
   *
   * @throws {LogInUseError}
   * @throws what symlink(2) says
   */
  async ensure(): Promise<void> {
    const self = processName(process.pid, statFields(readFileSync("/proc/self/stat", "utf8")));
    for (;;) {
      const holder = await this.#holder();
      if (holder === self && this.#held) return;
      if (holder !== undefined && (await isAlive(holder))) throw new LogInUseError(this.#path, pidOf(holder));
      if (holder !== undefined) await unlink(this.#link);
      try {
        await symlink(self, this.#link);
        this.#held = true;
        return;
      } catch (error) {
        // Somebody was faster: look again who.
        if (!hasCode(error, "EEXIST")) throw error;
      }
    }
  }

  async release(): Promise<void> {
    if (!this.#held) return;
    this.#held = false;
    const holder = await this.#holder();
    if (holder !== undefined && pidOf(holder) === process.pid) await unlink(this.#link);
  }

  /** The pid of the process that writes the log now, if there is one. */
  async holder(): Promise<number | undefined> {
    const holder = await this.#holder();
    return holder !== undefined && (await isAlive(holder)) ? pidOf(holder) : undefined;
  }

  async #holder(): Promise<string | undefined> {
    try {
      return await readlink(this.#link);
    } catch (error) {
      if (hasCode(error, "ENOENT", "ENOTDIR")) return undefined;
      throw error;
    }
  }
}

/** The fields of /proc/PID/stat from the third on (proc(5)): the second, in brackets, may hold spaces and brackets. */
function statFields(stat: string): readonly string[] {
  return stat.slice(stat.lastIndexOf(")") + 2).split(" ");
}

/** Names a process so that neither a reused pid nor a reboot makes another one look like it. */
function processName(pid: number, fields: readonly string[]): string {
  const startTime = fields[19] ?? "";
  return `${pid}.${startTime}.${readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim()}`;
}

function pidOf(holder: string): number {
  return Number.parseInt(holder, 10);
}

async function isAlive(holder: string): Promise<boolean> {
  const pid = pidOf(holder);
  if (!(pid > 0)) return false;
  try {
    const fields = statFields(await readFile(`/proc/${pid}/stat`, "utf8"));
    const isZombie = fields[0] === "Z" || fields[0] === "X";
    return !isZombie && processName(pid, fields) === holder;
  } catch (error) {
    if (hasCode(error, "ENOENT", "ESRCH")) return false;
    throw error;
  }
}
