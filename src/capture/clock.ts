/** A moment of wall-clock time, in nanoseconds. */
export class WallTime {
  /** @param epochNs nanoseconds since 1970-01-01T00:00:00Z */
  constructor(readonly epochNs: bigint) {}

  /** To the millisecond below. */
  get date(): Date {
    return new Date(Math.floor(Number(this.epochNs / 1000n) / 1000));
  }

  /** ISO 8601 with nine digits, which Elasticsearch's date and date_nanos both take. */
  get iso(): string {
    const seconds = this.epochNs / 1_000_000_000n;
    const rest = (this.epochNs % 1_000_000_000n).toString().padStart(9, "0");
    return `${new Date(Number(seconds) * 1000).toISOString().slice(0, 19)}.${rest}Z`;
  }
}

/** The three clocks at one moment, each in nanoseconds. */
export interface ClockSample {
  readonly monotonic: bigint;
  readonly boottime: bigint;
  readonly realtime: bigint;
}

/**
 * Turns kernel time into wall-clock time. Records carry CLOCK_BOOTTIME, which counts through suspend and never steps; what
 * it is on the wall is reckoned with a sample taken as the batch is read, so that a clock that was set since start is
 * right for the events after it.
 */
export class WallClock {
  private readonly offset: bigint;

  constructor(private readonly sample: ClockSample) {
    this.offset = sample.realtime - sample.boottime;
  }

  /** When the sample was taken. */
  get now(): WallTime {
    return new WallTime(this.sample.realtime);
  }

  /** @param boottime nanoseconds of CLOCK_BOOTTIME */
  at(boottime: bigint): WallTime {
    return new WallTime(boottime + this.offset);
  }

  /** Nanoseconds from that moment of CLOCK_BOOTTIME to the sample: no step of the clock is in it. */
  since(boottime: bigint): bigint {
    return this.sample.boottime - boottime;
  }
}
