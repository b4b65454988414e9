import type { Position } from "./batch.js";
import type { CursorFile, CursorPlace } from "./cursor.js";
import { SegmentGoneError, type Segment } from "./segment.js";

const NEWLINE = 0x0a;
/** ms until a cursor that could not be written is tried again, if no commit comes earlier. */
const RETRY = 2000;

/** Keeps the cursor file at the reader's position. While one is being written only the latest that is asked for counts. */
export class ReaderCursor {
  readonly #file: CursorFile;
  readonly #refused: (error: unknown) => void;
  #wanted: Position | undefined;
  #durable: Position | undefined;
  #work: Promise<void> | undefined;
  #retry: NodeJS.Timeout | undefined;

  constructor(file: CursorFile, refused: (error: unknown) => void) {
    this.#file = file;
    this.#refused = refused;
  }

  /**
   * Where the reader was when it ended last.
   *
   * @returns undefined where it never was anywhere
   * @throws where the cursor is damaged, or names no line of these segments
   */
  async find(segments: readonly Segment[]): Promise<Position | undefined> {
    const place = await this.#file.read();
    if (place === undefined) return undefined;
    // Nearly always it is the one with that inode. Copied back from a backup it has another one.
    const likely = segments.filter(({ inode }) => inode === place.inode);
    for (const segment of [...likely, ...segments]) {
      if (await isPlaceIn(place, segment)) return (this.#durable = { segment, offset: place.offset });
    }
    throw new Error(`no segment has the line at byte ${place.offset} that its cursor names`);
  }

  /** Resolves when this position, or a later one, is durable, or was refused. It does not reject. */
  async save(position: Position | undefined): Promise<void> {
    if (position !== undefined) this.#wanted = position;
    clearTimeout(this.#retry);
    // Begun a microtask later: where there is nothing to do it would end before it is noted that it runs.
    this.#work ??= Promise.resolve().then(() => this.#save());
    await this.#work;
  }

  /** Saves the position a last time. */
  async close(position: Position | undefined): Promise<void> {
    await this.save(position);
    clearTimeout(this.#retry);
  }

  async #save(): Promise<void> {
    try {
      while (this.#wanted !== undefined && !isSame(this.#wanted, this.#durable)) {
        const position = this.#wanted;
        const { segment, offset } = position;
        const first = await segment.firstLine();
        // Nothing was committed in an empty segment, so what was saved before it still holds.
        if (first !== undefined) await this.#file.write({ segment: first, inode: segment.inode, offset });
        this.#durable = position;
      }
    } catch (error) {
      // No cursor can name a place in what somebody took away. Reading it tells that, and goes on in what is there.
      if (error instanceof SegmentGoneError) return;
      this.#refused(error);
      this.#retry = setTimeout(() => void this.save(undefined), RETRY).unref();
    } finally {
      this.#work = undefined;
    }
  }
}

export function isSame(a: Position, b: Position | undefined): boolean {
  return a.segment === b?.segment && a.offset === b.offset;
}

async function isPlaceIn(place: CursorPlace, segment: Segment): Promise<boolean> {
  const { offset } = place;
  if (offset > segment.size) return false;
  try {
    if ((await segment.firstLine()) !== place.segment) return false;
    if (offset === 0) return true;
    const before = Buffer.alloc(1);
    return (await segment.read(before, offset - 1)) === 1 && before[0] === NEWLINE;
  } catch (error) {
    if (error instanceof SegmentGoneError) return false;
    throw error;
  }
}
