import type { Agent, AgentEvents } from "../agent.js";
import { loadAddon } from "../capture/binding.js";
import type { Config } from "../config/schema.js";
import { Liveness, type Progress, type Standstill } from "./liveness.js";
import { Notifier, takeManager, type Manager } from "./notifier.js";

/** ms between two looks at how the agent does, where no watchdog wants them more often. */
const LOOK_EVERY = 5000;
/** ms; see LivenessOptions. fdatasync on a busy disk has been seen to take half a minute. */
const LOG_STANDSTILL = 120_000;
/** Of so many canaries one is to come by. */
const CANARIES = 3;

/** What of the agent's own work is told to whoever runs it. */
export interface Told {
  info(message: string, details?: object): void;
  warn(message: string, details?: object): void;
  error(message: string, details?: object): void;
}

/**
 * The agent as a service of its host: it tells the service manager when it works, is read in again, and ends; and, as long
 * as capture, matching and log move, that it is alive.
 */
export class Service {
  readonly #told: Told;
  readonly #manager: Manager | undefined;
  readonly #notifier: Notifier | undefined;
  readonly #liveness: Liveness;
  #agent: Agent | undefined;
  #timer: NodeJS.Timeout | undefined;
  #committed = 0;
  #isRefused = false;
  #standstill: readonly Standstill[] = [];

  constructor(config: Config, told: Told, env: NodeJS.ProcessEnv = process.env) {
    this.#told = told;
    this.#manager = takeManager(env, process.pid);
    this.#notifier = this.#manager && new Notifier(this.#manager.address, loadAddon().notify, this.#notTold());
    this.#liveness = new Liveness({ capture: CANARIES * config.capture.canary_interval, log: LOG_STANDSTILL });
  }

  /** What the agent is to tell: this service, and then `events`. */
  listen(events: AgentEvents): AgentEvents {
    return {
      ...events,
      committed: (entries) => {
        this.#committed += entries.length;
        events.committed?.(entries);
      },
      outage: (error, waiting) => {
        this.#isRefused = true;
        events.outage?.(error, waiting);
      },
      recovered: () => {
        this.#isRefused = false;
        events.recovered?.();
      },
    };
  }

  /** The connector has acknowledged, and the rules are there. */
  started(agent: Agent): void {
    this.#agent = agent;
    this.#notifier?.ready(this.#status(agent));
    const every = Math.min(LOOK_EVERY, (this.#manager?.watchdog ?? Infinity) / 3);
    this.#timer = setInterval(() => this.#look(agent), every);
    this.#look(agent);
  }

  /** The configuration is being read again, until reloaded(). */
  reloading(): void {
    this.#notifier?.reloading();
  }

  /** It is in force, or what was is kept. */
  reloaded(): void {
    if (this.#agent !== undefined) this.#notifier?.ready(this.#status(this.#agent));
  }

  /** It was told to end, and writes what is left. */
  stopping(): void {
    this.#notifier?.stopping("writes what was captured until now");
  }

  /** Nothing is told any more. */
  close(): void {
    clearInterval(this.#timer);
    this.#notifier?.close();
  }

  #look(agent: Agent): void {
    const standstill = this.#liveness.look(this.#progress(agent), performance.now());
    for (const { stage, message } of standstill) {
      if (this.#standstill.some((before) => before.stage === stage)) continue;
      const act = this.#manager?.watchdog === undefined ? "" : " The service manager's watchdog is told no more.";
      this.#told.error(`${message}${act}`, { standstill: stage });
    }
    this.#standstill = standstill;
    if (standstill.length === 0) this.#notifier?.alive();
    this.#notifier?.status(this.#status(agent));
  }

  #progress({ stats, watched }: Agent): Progress {
    return {
      execs: stats.execs,
      canaries: watched.canary?.seen ?? 0,
      hasNoCanary: watched.canary?.problem?.startsWith("cannot run") ?? true,
      committed: this.#committed,
      waiting: stats.waiting.lines,
      isRefused: this.#isRefused,
    };
  }

  #status({ stats, started, rules }: Agent): string {
    const { execs, raised, waiting } = stats;
    const parts = [`${execs} execs, ${raised} alerts; ${started.lane} lane, ${rules.live.length} rules`];
    if (this.#isRefused) parts.push(`the disk refuses the log, ${waiting.lines} lines wait`);
    return [...parts, ...this.#standstill.map(({ message }) => message)].join("; ");
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
