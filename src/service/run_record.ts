import { open, readFile, rename, stat, unlink, mkdir } from "node:fs/promises";
import { renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as v from "valibot";

import { hasCode } from "../errno.js";
import { LogLock } from "../log/lock.js";

const end = v.object({
  /** ms since 1970, when capture had ended. */
  at: v.number(),
  /** "stopped" by a signal; "failed": by a fault that it could still write down. */
  how: v.picklist(["stopped", "failed"]),
  /** Why: a StopReason of stop_cause.ts, or a message. */
  reason: v.string(),
});

const record = v.object({
  pid: v.number(),
  /** /proc/sys/kernel/random/boot_id */
  boot: v.string(),
  version: v.string(),
  /** ms since 1970: when it began to watch, and the last sign of life. */
  started: v.number(),
  alive: v.number(),
  /** What stood still at the last sign of life. */
  standstill: v.array(v.string()),
  end: v.optional(end),
});

/** A run of the agent, as far as it could say: the content of run.json. */
export type RunRecord = v.InferOutput<typeof record>;

/** How the service manager saw a run end: what `ExecStopPost` has written (systemd.exec(5), $SERVICE_RESULT). */
export interface ManagerResult {
  /** "success", "signal", "core-dump", "watchdog", "oom-kill", "exit-code", "timeout", … */
  readonly result: string;
  /** $EXIT_STATUS: a code, or a signal's name. */
  readonly status: string;
  /** ms since 1970. */
  readonly at: number;
}

/** What the run before left. */
export interface LastRun {
  readonly record: RunRecord | undefined;
  readonly result: ManagerResult | undefined;
  /** There is a record, and it cannot be read: why. */
  readonly damage: string | undefined;
}

/**
 * The record of this run below the state folder: kept current while it lasts, so that the next one can tell how it ended and since
 * when nobody watched. Each version replaces the one before in one step.
 */
export class RunFile {
  readonly #path: string;
  readonly #lock: LogLock;
  #record: RunRecord;
  #writing: Promise<void> | undefined;
  #isOver = false;

  private constructor(path: string, lock: LogLock, first: RunRecord) {
    this.#path = path;
    this.#lock = lock;
    this.#record = first;
  }

  /**
   * Begins the record of this run, and gives what the one before left.
   *
   * @throws {LogInUseError} where another agent that is alive keeps its record there
   * @throws what the system says
   */
  static async begin(folder: string, first: RunRecord): Promise<{ file: RunFile; last: LastRun }> {
    await mkdir(folder, { recursive: true, mode: 0o750 });
    const path = join(folder, "run.json");
    const lock = new LogLock(path);
    await lock.ensure();
    try {
      const last = { ...(await readRecord(path)), result: await readResult(join(folder, "run.result")) };
      const file = new RunFile(path, lock, first);
      await file.#write(true);
      await unlink(join(folder, "run.result")).catch(ignoreMissing);
      return { file, last };
    } catch (error) {
      await lock.release();
      throw error;
    }
  }

  /** A sign of life. One that comes while the disk is busy with the one before is left out. */
  async alive(at: number, standstill: readonly string[]): Promise<void> {
    if (this.#isOver || this.#writing !== undefined) return;
    this.#record = { ...this.#record, alive: at, standstill: [...standstill] };
    this.#writing = this.#write(false).finally(() => (this.#writing = undefined));
    await this.#writing;
  }

  /** The last word of this run, durably. */
  async end(end: NonNullable<RunRecord["end"]>): Promise<void> {
    if (this.#isOver) return;
    this.#isOver = true;
    await this.#writing?.catch(() => undefined); // told to who began it
    this.#record = { ...this.#record, alive: end.at, end };
    await this.#write(true);
    await this.#lock.release();
  }

  /** The same from where nothing can be awaited: an exit after a fault. */
  endAtOnce(end: NonNullable<RunRecord["end"]>): void {
    if (this.#isOver) return;
    this.#isOver = true;
    writeFileSync(`${this.#path}.last`, JSON.stringify({ ...this.#record, alive: end.at, end }), { mode: 0o640 });
    renameSync(`${this.#path}.last`, this.#path);
  }

  async #write(isDurable: boolean): Promise<void> {
    const next = `${this.#path}.new`;
    const file = await open(next, "w", 0o640);
    try {
      await file.writeFile(JSON.stringify(this.#record));
      if (isDurable) await file.datasync();
    } finally {
      await file.close();
    }
    await rename(next, this.#path);
  }
}

async function readRecord(path: string): Promise<Pick<LastRun, "record" | "damage">> {
  try {
    return { record: v.parse(record, JSON.parse(await readFile(path, "utf8"))), damage: undefined };
  } catch (error) {
    if (hasCode(error, "ENOENT")) return { record: undefined, damage: undefined };
    if (error instanceof SyntaxError || error instanceof v.ValiError) {
      return { record: undefined, damage: error.message };
    }
    throw error;
  }
}

async function readResult(path: string): Promise<ManagerResult | undefined> {
  try {
    const [result = "", , status = ""] = (await readFile(path, "utf8")).trim().split(/\s+/);
    return result === "" ? undefined : { result, status, at: (await stat(path)).mtimeMs };
  } catch (error) {
    if (hasCode(error, "ENOENT")) return undefined;
    throw error;
  }
}

function ignoreMissing(error: unknown): void {
  if (!hasCode(error, "ENOENT")) throw error;
}
