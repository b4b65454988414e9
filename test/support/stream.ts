import assert from "node:assert/strict";

import { USUAL } from "./patience.js";

interface Waiter<T> {
  readonly wanted: (item: T) => boolean;
  readonly found: (item: T) => void;
}

/** Collects what arrives, in order, and lets a test await an item instead of sleeping. */
export class Stream<T> {
  readonly items: T[] = [];
  readonly #waiters = new Set<Waiter<T>>();

  push(item: T): void {
    this.items.push(item);
    for (const waiter of this.#waiters) {
      if (!waiter.wanted(item)) continue;
      this.#waiters.delete(waiter);
      waiter.found(item);
    }
  }

  /**
   * The first item, of those that came and those to come, that is wanted.
   *
   * @param what names it in the error
   * @param timeout ms
   * @param from index of the first item to look at
   */
  async first(wanted: (item: T) => boolean, what: string, timeout = USUAL, from = 0): Promise<T> {
    const there = this.items.slice(from).find(wanted);
    if (there !== undefined) return there;
    return await new Promise<T>((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiters.delete(waiter);
        const last = this.items.slice(-3).map((item) => JSON.stringify(item));
        reject(
          new assert.AssertionError({ message: `no ${what} within ${timeout} ms; last came: ${last.join("\n")}` }),
        );
      }, timeout);
      const waiter: Waiter<T> = {
        wanted,
        found: (item) => {
          clearTimeout(timer);
          resolve(item);
        },
      };
      this.#waiters.add(waiter);
    });
  }
}
