import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { endianness } from "node:os";
import { join } from "node:path";

import { PACKAGE_ROOT } from "../package_root.js";
import type { ClockSample } from "./clock.js";
import type { Lane } from "./record.js";

/** What the native addon is told. */
export interface BindingOptions {
  /** "auto": the kernel lane where this host gives it, or else the proc lane. */
  readonly lane: Lane | "auto";
  /** Names of the environment variables to capture. */
  readonly environment: readonly string[];
  /** See CaptureBinding.passAll. */
  readonly passAll?: boolean;
  /** Size of the ring buffer, a power of two; it is mapped twice into memory. */
  readonly ringBytes?: number;
  /** Size of the socket's receive queue. */
  readonly receiveBytes?: number;
  /** Where proc is mounted. */
  readonly procRoot?: string;
}

/** Why the filter could not be used; `log` is what the kernel's verifier or libbpf said. */
export interface LaneProblem {
  readonly code: string;
  readonly syscall: string;
  readonly message: string;
  readonly log?: string;
}

/** How capture began. */
export interface Started {
  readonly lane: Lane;
  /** Why it is not the kernel lane, where that was wanted. */
  readonly whyNotKernel?: LaneProblem;
  /** The library that loaded the filter. */
  readonly libbpf?: { readonly file: string; readonly version: string };
  /** The reader's thread runs at SCHED_FIFO. */
  readonly realtimePriority: boolean;
}

/** Counts since the start. */
export type CaptureCounts = Readonly<Record<string, number>>;

/** The class `Capture` of the addon: one thread that reads the process connector. */
export interface CaptureBinding {
  /** Resolves when the connector acknowledged; rejects with an error that has `code` and `syscall`. */
  start(): Promise<Started>;
  /** The records that are waiting, in memory of the addon that is valid until the next take(); null: none. */
  take(): Uint8Array | null;
  /** Sends LISTEN once more, and waits for its acknowledgement. */
  listen(): Promise<void>;
  /** Whether messages pass the filter as well: some 6.6 and 6.7 kernels count a listener off whose filter drops one. */
  passAll(on: boolean): void;
  stats(): CaptureCounts;
  /** Joins the thread. What it still had is there to be taken, and was announced, before this resolves. */
  stop(): Promise<void>;
  clocks(): ClockSample;
}

/** Called when there is something to take: once, until it is taken. With an error when capture broke by itself. */
export type OnWake = (error?: Error) => void;

/** Makes a binding that is not started yet. */
export type BindingFactory = (options: BindingOptions, onWake: OnWake) => CaptureBinding;

/** The addon cannot be loaded: it was not built, or not for this machine. */
export class AddonError extends Error {
  override readonly name = "AddonError";
  readonly code = "ERR_WALLWATCH_ADDON";
}

/** What the addon exports. */
export interface Addon {
  readonly Capture: new (options: BindingOptions, onWake: OnWake) => CaptureBinding;
  /** See src/capture/probe.ts. */
  readonly probe: () => Promise<unknown>;
  /**
   * The bytes of a file of /proc that shows a process' memory (cmdline, environ), as latin1. Throws with `code` and `syscall`:
   * ETIMEDOUT after 100 ms, where the process keeps its reader waiting.
   */
  readonly readMemoryFile: (path: string) => string;
  /** Sends one datagram to the service manager; see src/service/notifier.ts. Throws with `code` and `syscall`. */
  readonly notify: (address: string, state: string) => void;
  readonly appendToLog: AppendToLog;
  /**
   * Gives back the memory of pages of Node.js's own file that only the start needed; what is used again comes back by itself.
   * @returns bytes. Throws with `code` and `syscall`
   */
  readonly releaseStartPages: () => number;
}

/** What became of lines for the alert log. */
export interface LogAppended {
  /** Bytes that the file had before; undefined where another one, or none, is at the path, or `error` says why that is not known. */
  readonly size?: number;
  /** Bytes that were written: after a failure perhaps fewer than there are. */
  readonly written: number;
  /** All is on disk, in a file that still has a name. */
  readonly synced: boolean;
  readonly error?: Error & { readonly code: string; readonly syscall: string };
}

/**
 * Appends lines to the alert log and syncs them, on one thread of libuv's pool; see native/log_append.h. Nothing is written
 * where the file at `path` has another size than `size`. What fails is in the result.
 *
 * @param fd of the log, open for appending
 */
export type AppendToLog = (fd: number, path: string, size: number, lines: readonly Buffer[]) => Promise<LogAppended>;

/** Built here, or else the one that came with the package. */
const ADDONS = ["build/Release", `prebuilds/linux-${process.arch}`].map((folder) =>
  join(PACKAGE_ROOT, folder, "wallwatch.node"),
);

/**
 * Loads the native addon: the one that `npm install` has built, or the one that the package brought.
 * @throws AddonError
 */
export function loadAddon(file = ADDONS.find((candidate) => existsSync(candidate)) ?? ADDONS[0] ?? ""): Addon {
  if (endianness() !== "LE") throw new AddonError("wallwatch knows little-endian machines only");
  try {
    return createRequire(import.meta.url)(file) as Addon;
  } catch (cause) {
    const why = cause instanceof Error ? cause.message.split("\n")[0] : String(cause);
    throw new AddonError(`cannot load the native addon: ${why}`, { cause });
  }
}

/**
 * The native part as the capture stage uses it.
 * @throws AddonError
 */
export function loadBinding(file?: string): BindingFactory {
  const addon = loadAddon(file);
  return (options, onWake) => new addon.Capture(options, onWake);
}
