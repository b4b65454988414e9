import { readlink, symlink, unlink } from "node:fs/promises";

import { hasCode } from "../errno.js";
import { isAlive, ownName, pidOf } from "./process_name.js";
import { NoTurnError, takeTurn } from "./turn.js";

/** ms that another process is given which removes a lock that was left: it needs three system calls. */
const PATIENCE = 5000;

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
 * no data block on a full disk, and a link left by a process that is gone is recognised and replaced. (Node has no flock, and
 * whoever may read the folder could hold one for ever.)
 */
export class LogLock {
  readonly #path: string;
  readonly #link: string;
  readonly #patience: number;
  #held = false;

  /** @param patience ms; see PATIENCE */
  constructor(path: string, patience = PATIENCE) {
    this.#path = path;
    this.#link = `${path}.lock`;
    this.#patience = patience;
  }

  /**
   * Takes the lock, or makes sure that it is still there: it goes away with a folder that is moved.
   *
   * @throws {LogInUseError}
   * @throws what symlink(2) says
   */
  async ensure(): Promise<void> {
    const self = ownName();
    for (;;) {
      const holder = await this.#holder();
      if (holder === self && this.#held) return;
      if (holder !== undefined && (await isAlive(holder))) throw new LogInUseError(this.#path, pidOf(holder));
      if (holder !== undefined) await this.#removeStale(self);
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

  /** One process at a time: the link that another one made in the meantime is at the same path, and is not to be removed. */
  async #removeStale(self: string): Promise<void> {
    const endTurn = await this.#turn(self);
    try {
      const holder = await this.#holder();
      if (holder !== undefined && !(await isAlive(holder))) await unlink(this.#link);
    } finally {
      await endTurn();
    }
  }

  async #turn(self: string): Promise<() => Promise<void>> {
    try {
      return await takeTurn(this.#link, self, this.#patience);
    } catch (error) {
      if (error instanceof NoTurnError) throw new LogInUseError(this.#path, pidOf(error.other));
      throw error;
    }
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
