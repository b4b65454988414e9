import { open, readFile, rename } from "node:fs/promises";
import { dirname, join } from "node:path";

import * as v from "valibot";

import { hasCode } from "../errno.js";
import { makeFolder, syncFolder } from "./folder.js";

/** Bytes up to which a reader has everything, in the segment whose first line has this hash. */
export interface CursorPlace {
  /** SHA-256 of the segment's first line, in hex. */
  readonly segment: string;
  /** Tells segments apart whose first lines are the same. */
  readonly inode: string;
  readonly offset: number;
}

const cursorSchema = v.object({
  version: v.literal(1),
  segment: v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/)),
  inode: v.string(),
  offset: v.pipe(v.number(), v.integer(), v.minValue(0)),
});

/** A cursor on disk: one small JSON file, replaced as a whole. */
export class CursorFile {
  readonly #path: string;

  /** @param state the folder in which `cursors` is made */
  constructor(state: string, name: string) {
    // Names are those of sinks; whatever stands in one, it stays one file of this folder.
    this.#path = join(state, "cursors", `${encodeURIComponent(name)}.json`);
  }

  /** @returns undefined where there is none @throws where it is damaged or cannot be read */
  async read(): Promise<CursorPlace | undefined> {
    let text: string;
    try {
      text = await readFile(this.#path, "utf8");
    } catch (error) {
      if (hasCode(error, "ENOENT", "ENOTDIR")) return undefined;
      throw error;
    }
    const { success, output } = v.safeParse(v.pipe(v.string(), v.parseJson(), cursorSchema), text);
    if (!success) throw new Error(`${this.#path} is damaged`);
    return output;
  }

  /** Resolves when it is durable: after a loss of power there is this one or the one before, never half of one. */
  async write(place: CursorPlace): Promise<void> {
    const folder = dirname(this.#path);
    await makeFolder(this.#path);
    const temporary = `${this.#path}.new`;
    const file = await open(temporary, "w", 0o640);
    try {
      await file.writeFile(`${JSON.stringify({ version: 1, ...place })}\n`);
      await file.datasync();
    } finally {
      await file.close();
    }
    await rename(temporary, this.#path);
    await syncFolder(folder);
  }
}
