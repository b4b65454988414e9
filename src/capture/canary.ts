import { type ChildProcess, spawn } from "node:child_process";
import type { Loss } from "./loss.js";

export interface CanaryOptions {
  /** Milliseconds from one canary to the next. Default: a minute. */
  readonly every?: number;
  /** Milliseconds in which its exec is expected. Default: a second. */
  readonly within?: number;
  /** What is executed; it is to live until its standard input ends. Default: /bin/cat. */
  readonly program?: string;
}

/** What the canary can do about a connector that does not deliver. */
export interface CanaryControl {
  listen(): Promise<void>;
  passAll(on: boolean): void;
  /** Has the reader look whether anything is left, and call caughtUp(). */
  poke(): void;
  report(loss: Loss): void;
}

/** An exec, as far as it tells whether it is a canary's. */
export interface CanaryCandidate {
  readonly pid: number;
  /** Who forked the process. */
  readonly creator: { readonly pid: number };
}

export interface CanaryState {
  readonly seen: number;
  readonly missed: number;
  /** When the connector last proved to deliver. */
  readonly lastSeen: Date | undefined;
  /** Why the last canary could not be run, or LISTEN not be repeated. */
  readonly problem: string | undefined;
  /** Messages pass the filter as well: see CaptureBinding.passAll. */
  readonly passAll: boolean;
}

interface Run {
  readonly child: ChildProcess;
  readonly pid: number;
  /** By performance.now(), in milliseconds. */
  deadline: number;
  timer: NodeJS.Timeout;
  /** Its time is over; what is left to read may still hold it. */
  expired: boolean;
}

/** After so many in a row, messages are let pass: on some 6.6 and 6.7 kernels LISTEN alone does not help. */
const PASS_ALL_AFTER = 2;

/**
 * Proves that the connector still delivers. Before 6.6 its listeners are one counter for the whole host: any root process'
 * IGNORE takes one off, and at zero everybody is blind, without an error. So every minute a program of our own is executed,
 * which has to come by; if it does not, that is a loss, LISTEN is sent again, and the next canary follows at once.
 *
 * It is a `cat` called "wallwatch-canary" that waits for the end of its input: so it is still there when the proc lane
 * looks for it, however short of time that is.
 */
export class Canary {
  private readonly every: number;
  private readonly within: number;
  private readonly program: string;
  private run: Run | undefined;
  private missedPid = 0;
  private timer: NodeJS.Timeout | undefined;
  private stopped = false;
  private missesInRow = 0;
  private seen = 0;
  private missed = 0;
  private passAll = false;
  private problem: string | undefined;
  private lastSeen: Date | undefined;
  private blindSince = new Date();

  constructor(
    private readonly control: CanaryControl,
    { every = 60_000, within = 1000, program = "/bin/cat" }: CanaryOptions = {},
  ) {
    this.every = every;
    this.within = within;
    this.program = program;
  }

  get state(): CanaryState {
    const { seen, missed, lastSeen, problem, passAll } = this;
    return { seen, missed, lastSeen, problem, passAll };
  }

  /** Runs the first one now. */
  start(): void {
    this.blindSince = new Date();
    this.launch();
  }

  stop(): void {
    this.stopped = true;
    clearTimeout(this.timer);
    this.end();
  }

  /**
   * Whether this exec is ours. A pid alone would not say so: that of a canary which was killed, or missed, may be another
   * process' by now, whose exec must not pass for ours. What we forked nobody else can have forked.
   */
  recognises({ pid, creator }: CanaryCandidate): boolean {
    const isLate = pid === this.missedPid && pid !== 0;
    if ((!isLate && pid !== this.run?.pid) || creator.pid !== process.pid) return false;
    if (isLate) {
      this.missedPid = 0; // told already, and no news
      return true;
    }
    this.end();
    this.seen++;
    this.missesInRow = 0;
    this.problem = undefined;
    this.lastSeen = this.blindSince = new Date();
    this.schedule(this.every);
    return true;
  }

  /** Everything captured so far was read: a canary whose time is over did not come. */
  caughtUp(): void {
    if (this.run?.expired) this.miss(this.run);
  }

  private launch(): void {
    const child = spawn(this.program, [], {
      argv0: "wallwatch-canary",
      cwd: "/",
      env: {},
      stdio: ["pipe", "ignore", "ignore"],
    });
    child.unref();
    child.once("error", (error) => this.couldNotRun(error));
    if (child.pid === undefined) return; // then there is an error event
    const deadline = performance.now() + this.within;
    const timer = setTimeout(() => this.expire(), this.within).unref();
    this.run = { child, pid: child.pid, deadline, timer, expired: false };
  }

  private couldNotRun(error: Error): void {
    this.problem = `cannot run ${this.program}: ${error.message}`;
    this.end();
    this.schedule(this.every);
  }

  private expire(): void {
    const { run } = this;
    if (run === undefined) return;
    const now = performance.now();
    if (now > run.deadline + this.within) {
      // So late a timer means that this process was stopped or starved, and the reader with it: another chance.
      run.deadline = now + this.within;
      run.timer = setTimeout(() => this.expire(), this.within).unref();
      return;
    }
    run.expired = true;
    this.control.poke();
  }

  private miss(run: Run): void {
    this.end();
    this.missedPid = run.pid;
    this.missed++;
    this.missesInRow++;
    const until = new Date();
    this.control.report({ kind: "loss", reason: "canary_missed", count: 1, from: this.blindSince, until });
    this.blindSince = until;
    if (this.missesInRow === PASS_ALL_AFTER) {
      this.passAll = true;
      this.control.passAll(true);
    }
    this.control.listen().then(
      () => this.schedule(this.pause()),
      (error: unknown) => {
        this.problem = `cannot repeat LISTEN: ${error instanceof Error ? error.message : String(error)}`;
        this.schedule(this.pause());
      },
    );
  }

  /** At once at first, then ever more slowly: who keeps us blind is not to make us run hundreds of programs. */
  private pause(): number {
    return Math.min(this.every, this.within * (2 ** Math.min(this.missesInRow - 1, 16) - 1));
  }

  private schedule(delay: number): void {
    if (this.stopped) return;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.launch(), delay).unref();
  }

  /** Lets the program of the run end. */
  private end(): void {
    if (this.run === undefined) return;
    clearTimeout(this.run.timer);
    this.run.child.stdin?.destroy();
    this.run = undefined;
  }
}
