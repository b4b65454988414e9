import type { Pipe } from "../rules/query.js";

/** One `head` or `tail`. */
interface Stage<T> {
  readonly isFull: boolean;
  push(item: T): readonly T[];
  end(): readonly T[];
}

/** A query's `| head n` and `| tail n` over matches that come one by one. */
export class Pipeline<T> {
  readonly #stages: readonly Stage<T>[];
  #passed = 0;

  constructor(pipes: readonly Pipe[]) {
    this.#stages = pipes.map(({ kind, count }) => (kind === "head" ? new Head(count) : new Tail(count)));
  }

  /** How many items came out. */
  get passed(): number {
    return this.#passed;
  }

  /** Nothing that is pushed from now on could change what comes out. */
  get isFull(): boolean {
    return this.#stages.some(({ isFull }) => isFull);
  }

  /** @returns what comes out at once */
  push(item: T): readonly T[] {
    return this.#count(this.#through([item], 0));
  }

  /** @returns what comes out because nothing more goes in */
  end(): readonly T[] {
    let items: readonly T[] = [];
    for (const [index, stage] of this.#stages.entries()) {
      items = [...this.#through(items, index, index + 1), ...stage.end()];
    }
    return this.#count(items);
  }

  #through(items: readonly T[], from: number, to = this.#stages.length): readonly T[] {
    return this.#stages.slice(from, to).reduce((all, stage) => all.flatMap((item) => stage.push(item)), items);
  }

  #count(items: readonly T[]): readonly T[] {
    this.#passed += items.length;
    return items;
  }
}

class Head<T> implements Stage<T> {
  #left: number;

  constructor(count: number) {
    this.#left = count;
  }

  get isFull(): boolean {
    return this.#left === 0;
  }

  push(item: T): readonly T[] {
    if (this.#left === 0) return [];
    this.#left--;
    return [item];
  }

  end(): readonly T[] {
    return [];
  }
}

class Tail<T> implements Stage<T> {
  readonly isFull = false;
  /** The last items, the oldest of them at #next once there are as many as asked for. */
  readonly #items: T[] = [];
  #next = 0;

  constructor(readonly count: number) {}

  push(item: T): readonly T[] {
    if (this.count === 0) return [];
    this.#items[this.#next] = item;
    this.#next = (this.#next + 1) % this.count;
    return [];
  }

  end(): readonly T[] {
    const oldest = this.#items.length < this.count ? 0 : this.#next;
    return [...this.#items.slice(oldest), ...this.#items.slice(0, oldest)];
  }
}
