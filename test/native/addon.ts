import { createRequire } from "node:module";
import { join } from "node:path";

import { BatchReader } from "../../src/capture/batch.js";
import type { BindingOptions, CaptureBinding } from "../../src/capture/binding.js";
import { ExecRecord } from "../../src/capture/record.js";
import { PATIENCE } from "../support/patience.js";
import { ROOT } from "../support/programs.js";

export const ADDON = join(ROOT, "build", "Release", "wallwatch.node");

export interface Problem {
  readonly code: string;
  readonly syscall: string;
  readonly message: string;
  /** What libbpf had to say. */
  readonly log?: string;
}

export interface Probe {
  readonly libbpf?: { readonly file: string; readonly version: string };
  readonly libbpfProblem?: Problem;
  readonly filterProblem?: Problem;
  readonly listenProblem?: Problem;
}

interface Addon {
  readonly Capture: new (options: BindingOptions, onWake: (error?: Error) => void) => CaptureBinding;
  probe(): Promise<Probe>;
  clocks(): { monotonic: bigint; boottime: bigint; realtime: bigint };
  releaseStartPages(): number;
  readMemoryFile(path: string): string;
  readProcess(
    pid: number,
    options?: { readonly procRoot?: string; readonly environment?: readonly string[] },
  ): Uint8Array | null;
}

export const addon = createRequire(import.meta.url)(ADDON) as Addon;

/** What /proc, or a folder like it, says of a process. */
export function readProcess(pid: number, procRoot = "/proc", environment: readonly string[] = []): ExecRecord | null {
  const bytes = addon.readProcess(pid, { procRoot, environment });
  if (bytes === null) return null;
  const record = new BatchReader(bytes).next();
  if (!(record instanceof ExecRecord)) throw new Error("readProcess gave no exec record");
  return record;
}

/** A capture whose exec records are kept. */
export class Recording {
  readonly records: ExecRecord[] = [];
  readonly binding: CaptureBinding;
  /** An error that came with a wake-up: capture broke. */
  broken: Error | undefined;
  #came: () => void = () => undefined;

  constructor(options: Partial<BindingOptions> = {}) {
    this.binding = new addon.Capture({ lane: "auto", environment: [], ...options }, (error) => {
      this.broken ??= error;
      this.take();
    });
  }

  static async start(options: Partial<BindingOptions> = {}): Promise<Recording> {
    const recording = new Recording(options);
    await recording.binding.start();
    return recording;
  }

  take(): void {
    for (let batch = this.binding.take(); batch !== null; batch = this.binding.take()) {
      const reader = new BatchReader(batch);
      for (let record = reader.next(); record !== undefined; record = reader.next()) {
        if (record instanceof ExecRecord) this.records.push(record);
      }
    }
    this.#came();
  }

  /** Resolves with the first record that `wanted` accepts. */
  async first(wanted: (record: ExecRecord) => boolean): Promise<ExecRecord> {
    const until = AbortSignal.timeout(10_000 * PATIENCE);
    for (;;) {
      const found = this.records.find(wanted);
      if (found !== undefined) return found;
      await new Promise<void>((resolve, reject) => {
        this.#came = resolve;
        until.onabort = () => {
          reject(new Error(`what was waited for is not among ${this.records.length} execs`));
        };
      });
    }
  }

  async stop(): Promise<void> {
    await this.binding.stop();
    this.take();
  }
}
