import { setTimeout as delay } from "node:timers/promises";

import type { Agent, AgentEvents } from "../agent/agent.js";
import { loadAddon } from "../capture/binding.js";
import { LEVELS, type Config, type Level } from "../config/schema.js";
import type { MetricsServer } from "../metrics/server.js";
import { Counters } from "../status/counters.js";
import { takeSnapshot, type Snapshot } from "../status/snapshot.js";
import { StatusSocket } from "../status/socket.js";
import { Liveness, type Progress, type Standstill } from "./liveness.js";
import { Notifier, takeManager, type Manager } from "./notifier.js";
import { RunKeeper } from "./run_keeper.js";

/** ms between two looks at how the agent does, where no watchdog wants them more often. */
const LOOK_EVERY = 5000;
/** ms; see LivenessOptions. fdatasync on a busy disk has been seen to take half a minute. */
const LOG_STANDSTILL = 120_000;
/** ms that word to the manager waits for the status socket, and the last word for the first one: both may hang on a disk. */
const PATIENCE = 2000;
/** Of so many canaries one is to come by. */
const CANARIES = 3;

/** What of the agent's own work is told to whoever runs it. */
export interface Told {
  /** What is below it is not told. */
  level: Level;
  info(message: string, details?: object): void;
  warn(message: string, details?: object): void;
  error(message: string, details?: object): void;
}

/**
 * The agent as a service of its host: it tells the service manager when it works, is read in again, and ends; and, as long
 * as capture, matching and log move, that it is alive. Whoever may ask gets its state from a socket.
 */
export class Service {
  readonly #config: Config;
  readonly #told: Told;
  readonly #counters = new Counters();
  /** ms since 1970, when it began to watch. */
  #started = Date.now();
  readonly #manager: Manager | undefined;
  readonly #notifier: Notifier | undefined;
  readonly #liveness: Liveness;
  readonly #keeper: RunKeeper;
  #agent: Agent | undefined;
  #timer: NodeJS.Timeout | undefined;
  #socket: StatusSocket | undefined;
  #metrics: MetricsServer | undefined;
  /** What of this service does not work: whole sentences. */
  #faults: readonly string[] = [];
  #begun: Promise<void> | undefined;
  #standstill: readonly Standstill[] = [];
  #isStopping = false;

  constructor(config: Config, told: Told, env: NodeJS.ProcessEnv = process.env) {
    this.#config = config;
    this.#told = told;
    this.#manager = takeManager(env, process.pid);
    this.#notifier = this.#manager && new Notifier(this.#manager.address, loadAddon().notify, this.#notTold());
    this.#keeper = new RunKeeper(config.state.path, this.#manager !== undefined, (message) => told.warn(message));
    this.#liveness = new Liveness({ capture: CANARIES * config.capture.canary_interval, log: LOG_STANDSTILL });
    // Node.js's own start is over, and before long so is ours.
    this.#releaseStartPages();
  }

  /** What the agent is to tell: this service, and then `events`. */
  listen(events: AgentEvents): AgentEvents {
    return {
      ...this.#counters.listen(events),
      executed: (event) => {
        this.#keeper.executed(event);
        events.executed?.(event);
      },
      ending: async () => {
        // One that ends as soon as it has begun: the start is told before the end, and the record of this run is there.
        await withPatience(this.#begun);
        await this.#keeper.ending();
        await events.ending?.();
      },
    };
  }

  /** The connector has acknowledged, and the rules are there. */
  started(agent: Agent): void {
    this.#agent = agent;
    this.#started = Date.now();
    this.#keeper.watching(agent);
    this.#begun = this.#begin(agent);
  }

  /** The configuration is being read again, until reloaded(). */
  reloading(): void {
    this.#notifier?.reloading();
  }

  /** It is in force, or what was is kept. */
  reloaded(): void {
    if (this.#agent === undefined) return;
    this.#told.level = this.#agent.config.diagnostics.level;
    this.#notifier?.ready(this.#status(this.#agent));
  }

  /** It was told to end, and writes what is left. */
  stopping(signal: NodeJS.Signals): void {
    this.#isStopping = true;
    this.#keeper.stopping(signal);
    this.#notifier?.stopping("writes what was captured until now");
  }

  /** Nothing is told any more. */
  async close(): Promise<void> {
    this.#isStopping = true;
    clearInterval(this.#timer);
    this.#notifier?.close();
    await this.#begun;
    await this.#socket?.close();
    await this.#metrics?.close();
    await this.#keeper.ended();
  }

  #look(agent: Agent): void {
    this.#counters.sample(agent.stats.execs, performance.now());
    const standstill = this.#liveness.look(this.#progress(agent), performance.now());
    for (const { stage, message } of standstill) {
      if (this.#standstill.some((before) => before.stage === stage)) continue;
      const act = this.#manager?.watchdog === undefined ? "" : " The service manager's watchdog is told no more.";
      this.#told.error(`${message}${act}`, { standstill: stage });
    }
    this.#standstill = standstill;
    if (standstill.length === 0) this.#notifier?.alive();
    this.#notifier?.status(this.#status(agent));
    this.#keeper.alive(standstill.map(({ message }) => message));
    // For the metrics, which cannot wait for a disk.
    void agent.lookAtDeadLetters();
  }

  #progress({ stats, watched }: Agent): Progress {
    return {
      execs: stats.execs,
      canaries: watched.canary?.seen ?? 0,
      hasNoCanary: watched.canary?.problem?.startsWith("cannot run") ?? true,
      committed: this.#counters.committedLines,
      waiting: stats.waiting.lines,
      isRefused: this.#counters.outage !== undefined,
    };
  }

  #status({ stats, started, rules }: Agent): string {
    const { execs, raised, waiting } = stats;
    const parts = [`${execs} execs, ${raised} alerts; ${started.lane} lane, ${rules.live.length} rules`];
    if (this.#counters.outage !== undefined) parts.push(`the disk refuses the log, ${waiting.lines} lines wait`);
    return [...parts, ...this.#standstill.map(({ message }) => message)].join("; ");
  }

  /** What may wait for a disk, and is not to keep the agent waiting. */
  async #begin(agent: Agent): Promise<void> {
    const listening = this.#listenForRequests(agent);
    // Whoever has waited for the start, as "systemctl restart" does, may ask how it does.
    await withPatience(listening);
    if (!this.#isStopping) this.#sayReady(agent);
    this.#socket = await listening;
    this.#metrics = await this.#serveMetrics(agent);
    await this.#keeper.started(agent);
    this.#releaseStartPages();
  }

  /** Of Node.js some 25 MB were read that are of no use any more. */
  #releaseStartPages(): void {
    try {
      loadAddon().releaseStartPages();
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      this.#told.info(`more memory is used than need be: ${reason}`);
    }
  }

  #sayReady(agent: Agent): void {
    this.#notifier?.ready(this.#status(agent));
    const every = Math.min(LOOK_EVERY, (this.#manager?.watchdog ?? Infinity) / 3);
    this.#timer = setInterval(() => this.#look(agent), every);
    this.#look(agent);
  }

  /** A host on which it cannot listen is watched all the same. */
  async #listenForRequests(agent: Agent): Promise<StatusSocket | undefined> {
    const { path } = this.#config.status;
    try {
      return await StatusSocket.open(path, (request) => this.#answer(agent, request));
    } catch (error) {
      this.#told.warn(
        `"wallwatch status" will get no answer: ${error instanceof Error ? error.message : String(error)}`,
      );
      return undefined;
    }
  }

  async #serveMetrics(agent: Agent): Promise<MetricsServer | undefined> {
    const { listen } = this.#config.metrics;
    if (listen === undefined) return undefined;
    // Loaded only where it is wanted: an agent without metrics is to stay small.
    const [{ MetricsServer }, { metricsText }] = await Promise.all([
      import("../metrics/server.js"),
      import("../metrics/metrics.js"),
    ]);
    try {
      return await MetricsServer.open(listen, () => metricsText(this.#snapshot(agent)));
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      this.#told.warn(`metrics are not served: ${reason}`);
      this.#faults = [`Metrics are not served: ${reason}.`];
      return undefined;
    }
  }

  async #answer(agent: Agent, request: string): Promise<object> {
    if (request === "ping") return { pid: process.pid };
    if (request === "status") {
      await withPatience(agent.lookAtDeadLetters());
      return this.#snapshot(agent);
    }
    const [, word] = /^log-level (\w+)$/.exec(request) ?? [];
    const level = LEVELS.find((known) => known === word);
    if (level === undefined) return { error: `there is no request "${request}"` };
    this.#told.level = level;
    return { level };
  }

  #snapshot(agent: Agent): Snapshot {
    const faults = [...this.#standstill.map(({ message }) => message), ...this.#faults];
    return takeSnapshot({ agent, config: this.#config, counters: this.#counters, started: this.#started, faults });
  }

  /** Told once: what is wrong with the socket stays wrong. */
  #notTold(): (error: unknown) => void {
    let isTold = false;
    return (error) => {
      if (isTold) return;
      isTold = true;
      const reason = error instanceof Error ? error.message : String(error);
      this.#told.warn(`the service manager cannot be told how this process does: ${reason}`);
    };
  }
}

/** Waits for something, but not longer than PATIENCE. */
async function withPatience(work: Promise<unknown> | undefined): Promise<void> {
  const over = new AbortController();
  await Promise.race([work, delay(PATIENCE, undefined, { signal: over.signal }).catch(() => undefined)]);
  over.abort();
}
