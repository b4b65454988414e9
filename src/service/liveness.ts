/** How far the stages have come: counts since the start. */
export interface Progress {
  /** Execs that were held against the rules. */
  readonly execs: number;
  /** Canaries that came by. */
  readonly canaries: number;
  /** No canary can be started at all, so that none comes by proves nothing. */
  readonly hasNoCanary: boolean;
  /** Lines that were put on disk. */
  readonly committed: number;
  /** Lines that are not on disk yet. */
  readonly waiting: number;
  /** The disk refuses lines, and has said so. */
  readonly isRefused: boolean;
}

export interface LivenessOptions {
  /** ms in which an exec or a canary comes by where capture and matching work. */
  readonly capture: number;
  /** ms in which the log puts a line on disk, or is told why not. */
  readonly log: number;
}

/** A stage that should move and does not. */
export interface Standstill {
  readonly stage: "capture" | "log";
  /** ms for which it has not moved. */
  readonly for: number;
  /** A whole sentence. */
  readonly message: string;
}

/** ms between two looks after which this process itself did not run: it was stopped, or the host slept. */
const NOT_LOOKED = 10_000;

/**
 * Whether capture, matching and log move. An exec that was held against the rules has come all the way from the kernel, and so
 * has a canary; where neither comes for several canaries' time, this process is blind, and starting anew may help. A disk
 * that refuses lines is no standstill: they wait in memory, where a new start would lose them. For the same reason
 * blindness alone is none while lines wait for a disk.
 */
export class Liveness {
  readonly #options: LivenessOptions;
  #last: Progress | undefined;
  #lookedAt = 0;
  #captureMoved = 0;
  #logMoved = 0;

  constructor(options: LivenessOptions) {
    this.#options = options;
  }

  /**
   * What stands still. To be asked every few seconds.
   * @param now ms of a clock that does not step
   */
  look(progress: Progress, now: number): readonly Standstill[] {
    const last = this.#last;
    const isFresh = last === undefined || now - this.#lookedAt > NOT_LOOKED;
    this.#last = progress;
    this.#lookedAt = now;
    const { execs, canaries, hasNoCanary, committed, waiting, isRefused } = progress;
    if (isFresh || hasNoCanary || execs !== last.execs || canaries !== last.canaries) this.#captureMoved = now;
    if (isFresh || waiting === 0 || isRefused || committed !== last.committed) this.#logMoved = now;

    const standstills: Standstill[] = [];
    const blind = now - this.#captureMoved;
    if (blind > this.#options.capture && !(isRefused && waiting > 0)) {
      const message = `Neither an exec nor a canary has come by for ${seconds(blind)}.`;
      standstills.push({ stage: "capture", for: blind, message });
    }
    const stuck = now - this.#logMoved;
    if (stuck > this.#options.log) {
      const message = `The disk has neither taken nor refused the ${waiting} lines that have waited for ${seconds(stuck)}.`;
      standstills.push({ stage: "log", for: stuck, message });
    }
    return standstills;
  }
}

function seconds(ms: number): string {
  return `${Math.round(ms / 1000)} s`;
}
