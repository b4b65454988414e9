import type { BindingFactory, BindingOptions, CaptureBinding, CaptureCounts, Started } from "./binding.js";
import type { ClockSample } from "./clock.js";

const NOTHING = new Uint8Array(0);

/**
 * One capture from start to stop: turns the addon's wake-ups into batches that the consumer pulls. A batch is taken from
 * the addon only when the one before is done with, so nothing piles up here; what a slow consumer leaves waits in the
 * ring and in the socket, and what these cannot hold becomes a loss in the stream.
 */
export class CaptureSession {
  private readonly binding: CaptureBinding;
  private readonly starting: Promise<Started>;
  private stopping: Promise<void> | undefined;
  private stopped = false;
  private failure: { readonly error: unknown } | undefined;
  private woken = false;
  /** A batch was there as soon as it was asked for. */
  private busy = false;
  private poked = false;
  private resume: (() => void) | undefined;

  /** Starts capturing. @param onIdle called when everything captured so far was pulled */
  constructor(
    open: BindingFactory,
    options: BindingOptions,
    private readonly onIdle: () => void,
  ) {
    this.binding = open(options, (error) => this.wake(error));
    this.starting = this.binding.start();
  }

  /** Resolves when the connector has acknowledged; rejects with an error that has `code` and `syscall`. */
  get started(): Promise<Started> {
    return this.starting;
  }

  /**
   * The next batch: valid until the next call. Empty after poke(), undefined when capture was stopped and everything was
   * pulled.
   * @throws what the system said, where capture could not begin or broke
   */
  async next(): Promise<Uint8Array | undefined> {
    for (;;) {
      this.woken = false;
      const batch = this.binding.take();
      if (batch !== null) {
        // A storm has a batch ready at once, again and again: timers and signals get their turn in between all the same.
        if (this.busy) await new Promise(setImmediate);
        this.busy = true;
        return batch;
      }
      this.busy = false;
      if (this.failure) throw this.failure.error;
      if (this.stopped) return undefined;
      this.onIdle();
      if (this.poked) {
        this.poked = false;
        return NOTHING;
      }
      await this.sleep();
    }
  }

  /** Makes a waiting next() return. */
  poke(): void {
    this.poked = true;
    this.resume?.();
  }

  listen(): Promise<void> {
    return this.binding.listen();
  }

  passAll(on: boolean): void {
    this.binding.passAll(on);
  }

  clocks(): ClockSample {
    return this.binding.clocks();
  }

  stats(): CaptureCounts {
    return this.binding.stats();
  }

  /** Stops capturing; what was captured can still be pulled. */
  stop(): Promise<void> {
    return (this.stopping ??= this.finish());
  }

  private async finish(): Promise<void> {
    try {
      await this.starting;
      await this.binding.stop();
    } catch (error) {
      this.failure = { error };
      throw error;
    } finally {
      this.stopped = true;
      this.resume?.();
    }
  }

  private wake(error?: Error): void {
    if (error !== undefined) this.failure = { error };
    this.woken = true;
    this.resume?.();
  }

  private async sleep(): Promise<void> {
    // What happened since take() has set a flag and found nobody to resume.
    if (this.woken || this.stopped || this.poked) return;
    await new Promise<void>((resolve) => {
      this.resume = resolve;
    });
    this.resume = undefined;
  }
}
