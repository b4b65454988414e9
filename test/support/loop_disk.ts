import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { hasCode } from "../../src/errno.js";

/** A small disk of its own: an image with ext4 in it, mounted by way of a loop device. */
export class LoopDisk {
  /** Where it is mounted. */
  readonly folder: string;
  readonly #home: string;
  readonly #filler: string;

  private constructor(home: string) {
    this.#home = home;
    this.folder = join(home, "disk");
    this.#filler = join(this.folder, "filler");
  }

  /** @returns the disk, or why there can be none here: a program, a right or the device is missing */
  static mount(bytes: number): LoopDisk | string {
    const home = mkdtempSync(join(tmpdir(), "wallwatch-disk-"));
    const image = join(home, "image");
    const disk = new LoopDisk(home);
    mkdirSync(disk.folder);
    writeFileSync(image, "");
    truncateSync(image, bytes);
    // Root may use the blocks that are reserved for it: none are.
    for (const [program, ...args] of [
      ["mkfs.ext4", "-q", "-F", "-m", "0", "-b", "4096", image],
      ["mount", "-o", "loop", image, disk.folder],
    ] as const) {
      const { status, stderr, error } = spawnSync(program, args, { encoding: "utf8" });
      if (status === 0) continue;
      rmSync(home, { recursive: true });
      return `${program}: ${error?.message ?? stderr.trim()}`;
    }
    return disk;
  }

  /** Leaves no block free. */
  fill(): void {
    for (const piece of [2 ** 20, 4096, 1]) {
      try {
        for (;;) writeFileSync(this.#filler, Buffer.alloc(piece), { flag: "a" });
      } catch (error) {
        if (!hasCode(error, "ENOSPC")) throw error;
      }
    }
    execFileSync("sync", ["-f", this.folder]);
  }

  makeRoom(): void {
    rmSync(this.#filler);
  }

  remove(): void {
    execFileSync("umount", [this.folder]);
    rmSync(this.#home, { recursive: true });
  }
}
