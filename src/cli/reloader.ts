import type { Agent } from "../agent/agent.js";
import type { Config } from "../config/schema.js";
import { endWithoutTerminal, hasTerminal, isHungUp } from "./hang_up.js";
import type { Reporter } from "./report/reporter.js";

/** ms between two looks whether a terminal is still there, once a SIGHUP came from it or from elsewhere. */
const LOOK_EVERY = 1000;

export interface ReloaderOptions {
  /** Reads the configuration, options on top. @throws {CommandError} saying what is wrong with it */
  readonly read: () => Promise<Config>;
  readonly reporter: Reporter;
  /** Ends the program: the terminal is gone. */
  readonly stop: () => void;
  /** What else is to know that reading begins and ends. */
  readonly begin?: () => void;
  readonly end?: () => void;
}

/**
 * What `run` does at SIGHUP: it reads the configuration again. What is wrong with it is told, and what was stays in force.
 * A terminal that hangs up sends the same signal, and then the program ends.
 */
export class Reloader {
  readonly #options: ReloaderOptions;
  #agent: Agent | undefined;
  #isRunning = false;
  #isWanted = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: ReloaderOptions) {
    this.#options = options;
    endWithoutTerminal();
  }

  /** A SIGHUP came. */
  hangUp(): void {
    if (this.#look()) return;
    // A shell that ends sends it before the terminal is gone.
    if (hasTerminal()) this.#timer ??= setInterval(() => this.#look(), LOOK_EVERY).unref();
    this.#isWanted = true;
    void this.#run();
  }

  /** From now on there is an agent; a signal that came before is followed now. */
  started(agent: Agent): void {
    this.#agent = agent;
    void this.#run();
  }

  close(): void {
    clearInterval(this.#timer);
    this.#agent = undefined;
  }

  /** Ends the program where its terminal is gone. */
  #look(): boolean {
    const isOver = isHungUp();
    if (isOver) this.#options.stop();
    return isOver;
  }

  /** One after the other: what comes meanwhile is one more. */
  async #run(): Promise<void> {
    if (this.#isRunning) return;
    this.#isRunning = true;
    while (this.#isWanted && this.#agent !== undefined) {
      this.#isWanted = false;
      this.#options.begin?.();
      await this.#reload(this.#agent);
      this.#options.end?.();
    }
    this.#isRunning = false;
  }

  async #reload(agent: Agent): Promise<void> {
    const { read, reporter } = this.#options;
    const from = Date.now();
    try {
      reporter.reloaded(await agent.reload(await read(), from));
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      agent.refuse(reason, from);
      reporter.refused(reason);
    }
  }
}
