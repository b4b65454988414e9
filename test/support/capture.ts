import type { BindingFactory, BindingOptions, CaptureBinding, OnWake, Started } from "../../src/capture/binding.js";
import type { ClockSample } from "../../src/capture/clock.js";

/** The addon's part played without a kernel: a test pushes recorded bytes, and sees what was asked of it. */
export class FakeBinding implements CaptureBinding {
  readonly asked: string[] = [];
  clock: ClockSample = { monotonic: 0n, boottime: 0n, realtime: 1_700_000_000_000_000_000n };
  /** What start() resolves with or, if it is an error, rejects with. */
  report: Started | Error = { lane: "kernel", realtimePriority: false };
  /** Called at each LISTEN. */
  onListen: () => void = () => undefined;
  options: BindingOptions | undefined;
  private pending: Buffer[] = [];
  private taken: Buffer | undefined;
  private wake: OnWake = () => undefined;
  private waiting: (() => void)[] = [];

  /** To be given as `binding` to what opens one. */
  readonly open: BindingFactory = (options, onWake) => {
    this.options = options;
    this.wake = onWake;
    return this;
  };

  /** Hands over a batch of these records, as the addon's thread does: JavaScript is woken in its own time. */
  push(...records: Uint8Array[]): void {
    const woken = this.pending.length > 0;
    this.pending.push(...records.map((record) => Buffer.from(record)));
    if (!woken) setImmediate(() => this.wake());
  }

  /** Capture ends by itself. */
  break(error: Error): void {
    setImmediate(() => this.wake(error));
  }

  /** Resolves when everything that was pushed is taken. */
  async drained(): Promise<void> {
    if (this.pending.length > 0) await new Promise<void>((resolve) => this.waiting.push(resolve));
  }

  start(): Promise<Started> {
    this.asked.push("start");
    return this.report instanceof Error ? Promise.reject(this.report) : Promise.resolve(this.report);
  }

  take(): Uint8Array | null {
    if (this.pending.length === 0) return null;
    // The addon's memory: what is still read after the next take() finds other bytes there.
    this.taken?.fill(0xee);
    this.taken = Buffer.concat(this.pending.splice(0));
    for (const resolve of this.waiting.splice(0)) resolve();
    return this.taken;
  }

  listen(): Promise<void> {
    this.asked.push("listen");
    this.onListen();
    return Promise.resolve();
  }

  passAll(on: boolean): void {
    this.asked.push(`passAll ${on}`);
  }

  stats(): Record<string, number> {
    return { events: 0 };
  }

  async stop(): Promise<void> {
    this.asked.push("stop");
    await this.drained();
  }

  clocks(): ClockSample {
    return this.clock;
  }
}
