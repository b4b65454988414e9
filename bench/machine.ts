import { readFileSync } from "node:fs";
import { cpus, release, totalmem } from "node:os";

/** What a figure must be read with. */
export interface Machine {
  readonly processor: string;
  readonly cores: number;
  /** GiB, one digit. */
  readonly memory: number;
  readonly kernel: string;
  readonly system: string;
  readonly node: string;
}

export function thisMachine(): Machine {
  const system = /^PRETTY_NAME="?([^"\n]*)/m.exec(readFileSync("/etc/os-release", "utf8"));
  return {
    processor: cpus()[0]?.model.trim() ?? "unknown",
    cores: cpus().length,
    memory: Math.round(totalmem() / 2 ** 30 / 0.1) / 10,
    kernel: release(),
    system: system?.[1] ?? "unknown",
    node: process.version,
  };
}
