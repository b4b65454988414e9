import { BatchReader } from "./capture/batch.js";
import { type BindingFactory, type CaptureCounts, loadAddon, loadBinding, type Started } from "./capture/binding.js";
import { Canary, type CanaryOptions, type CanaryState } from "./capture/canary.js";
import { WallClock } from "./capture/clock.js";
import { type Loss, lossOf } from "./capture/loss.js";
import { ExecRecord, type Lane } from "./capture/record.js";
import { CaptureSession } from "./capture/session.js";
import type { ExecEvent } from "./process/event.js";
import { type Identity, readIdentity } from "./process/identity.js";
import { Lineage } from "./process/lineage.js";
import { ProcFs } from "./process/procfs.js";
import { ProcessTable } from "./process/table.js";

export { AddonError, type CaptureCounts, type LaneProblem, type Started } from "./capture/binding.js";
export type { CanaryOptions, CanaryState } from "./capture/canary.js";
export type { WallTime } from "./capture/clock.js";
export type { Loss, LossReason } from "./capture/loss.js";
export type { ExecRecord, Lane, ProcessRef } from "./capture/record.js";
export { RecordError } from "./capture/batch.js";
export type { EntryType } from "./process/entry.js";
export type { ExecEvent, ProcessInfo } from "./process/event.js";
export { Identity } from "./process/identity.js";
export type { ProcessKey, Program, ProgramSource, Terminal } from "./process/program.js";

export interface WatchOptions {
  /** Aborting it closes the watch: what was captured until then is still delivered. */
  readonly signal?: AbortSignal;
  /** "auto" (default): the kernel lane where this host gives it, or else the proc lane. */
  readonly lane?: Lane | "auto";
  /** Names of the environment variables to capture with each exec. Default: none. */
  readonly environment?: readonly string[];
  /** How to prove that the connector delivers; false: not at all. */
  readonly canary?: CanaryOptions | false;
  /** Size of the kernel lane's ring buffer: a power of two. Default: 4 MiB. */
  readonly ringBytes?: number;
  /** Size of the socket's receive queue. Default: 8 MiB. */
  readonly receiveBytes?: number;
  /** Where proc is mounted. Default: /proc. */
  readonly procRoot?: string;
  /** What ids of processes and events are made of. Default: this machine, in this boot. */
  readonly identity?: Identity;
  /** Makes the native part; another one in tests. */
  readonly binding?: BindingFactory;
}

/** Counts since the start. */
export interface WatchStats {
  /** By the native part. */
  readonly capture: CaptureCounts;
  /** undefined without canaries. */
  readonly canary: CanaryState | undefined;
  /** Programs in the process table, and bytes of memory, roughly. */
  readonly table: { readonly programs: number; readonly bytes: number };
}

/**
 * Watches every program that starts on this host. Capture begins at once; `for await` over the result gives the execs and
 * losses as they come. Needs root, or the capabilities that docs/capture.md names.
 *
 * @throws AddonError where the native part was not built; the signal's reason where it is aborted already
 */
export function watchExecs(options: WatchOptions = {}): ExecWatch {
  options.signal?.throwIfAborted();
  return new ExecWatch(options);
}

/** See watchExecs. It is for one consumer, and can be iterated once. */
export class ExecWatch implements AsyncIterable<ExecEvent | Loss> {
  /**
   * Resolves when the connector acknowledged and what runs already is known; what starts from then on is seen. Rejects
   * with what the system said (`code`, `syscall`), as does the iteration.
   */
  readonly ready: Promise<Started>;
  private readonly session: CaptureSession;
  private readonly lineage: Lineage;
  private readonly canary: Canary | undefined;
  private readonly unsaid: Loss[] = [];
  private iterating = false;
  private closing: Promise<void> | undefined;

  constructor(options: WatchOptions) {
    const { signal, canary, identity = readIdentity(), binding = loadBinding(), ...settings } = options;
    const readMemoryFile = options.binding === undefined ? loadAddon().readMemoryFile : undefined;
    const procfs = new ProcFs(settings.procRoot, undefined, readMemoryFile);
    this.lineage = new Lineage(new ProcessTable(), procfs, identity);
    const native = { lane: "auto", environment: [], ...settings } as const;
    this.session = new CaptureSession(binding, native, () => this.canary?.caughtUp());
    if (canary !== false) {
      this.canary = new Canary(
        {
          listen: () => this.session.listen(),
          passAll: (on) => this.session.passAll(on),
          poke: () => this.session.poke(),
          report: (loss) => this.report(loss),
        },
        canary,
      );
    }
    this.ready = this.begin();
    // Who iterates learns of a failure there; `ready` need not be looked at.
    this.ready.catch(() => undefined);
    const close = (): void => void this.close().catch(() => undefined);
    signal?.addEventListener("abort", close, { once: true });
  }

  get stats(): WatchStats {
    const { table } = this.lineage;
    return {
      capture: this.session.stats(),
      canary: this.canary?.state,
      table: { programs: table.size, bytes: table.bytes },
    };
  }

  /** Stops capturing. The iteration ends when it has given what was captured until now; without one, that is dropped. */
  close(): Promise<void> {
    return (this.closing ??= this.end());
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<ExecEvent | Loss, void, undefined> {
    for await (const batch of this.batches()) yield* batch;
  }

  /**
   * The same by the batch: several execs at once under load, for a fraction of what it costs to await each. A batch is to be
   * gone through before the next is asked for.
   */
  async *batches(): AsyncGenerator<Iterable<ExecEvent | Loss>, void, undefined> {
    if (this.iterating) throw new TypeError("an ExecWatch is iterated once");
    if (this.closing) return;
    this.iterating = true;
    try {
      await this.ready;
      for (let batch = await this.session.next(); batch; batch = await this.session.next()) {
        if (this.unsaid.length > 0) yield this.unsaid.splice(0);
        if (batch.length > 0) yield this.read(batch);
      }
    } finally {
      // The consumer may have gone before the end: the addon waits until everything is taken, so it is dropped here.
      await Promise.all([this.close(), this.drop()]);
    }
  }

  private *read(batch: Uint8Array): Generator<ExecEvent | Loss, void, undefined> {
    const clock = new WallClock(this.session.clocks());
    const reader = new BatchReader(batch);
    for (let record = reader.next(); record; record = reader.next()) {
      if (record instanceof ExecRecord) {
        if (!this.canary?.recognises(record)) yield this.lineage.observe(record, clock);
      } else {
        // Those that found the ring full are read from /proc, and only late.
        if (record.reason !== "ring_full") this.lineage.noteLoss();
        yield lossOf(record, clock);
      }
    }
  }

  private async begin(): Promise<Started> {
    const started = await this.session.started;
    await this.lineage.scan();
    if (this.closing === undefined) this.canary?.start();
    return started;
  }

  private async end(): Promise<void> {
    this.canary?.stop();
    await Promise.all([this.session.stop(), this.iterating ? undefined : this.drop()]);
  }

  private async drop(): Promise<void> {
    while (await this.session.next());
  }

  private report(loss: Loss): void {
    const last = this.unsaid.at(-1);
    // Nobody may be reading for long: what was not told yet becomes one.
    if (last) this.unsaid[this.unsaid.length - 1] = { ...last, count: last.count + loss.count, until: loss.until };
    else this.unsaid.push(loss);
    this.lineage.noteLoss();
    this.session.poke();
  }
}
