/** What can stand in a list of an Lru; the links are the list's own. */
export interface LruItem {
  newer: LruItem | undefined;
  older: LruItem | undefined;
}

/** A doubly linked list in the order of use. Touching, adding and removing are a few pointers each, without allocation. */
export class LruList<T extends LruItem> {
  private newest: LruItem | undefined;
  private oldest: LruItem | undefined;
  private length = 0;

  get size(): number {
    return this.length;
  }

  /** The item that was not used for the longest time. */
  get last(): T | undefined {
    return this.oldest as T | undefined;
  }

  add(item: T): void {
    item.older = this.newest;
    item.newer = undefined;
    if (this.newest) this.newest.newer = item;
    this.newest = item;
    this.oldest ??= item;
    this.length++;
  }

  remove(item: T): void {
    if (item.newer) item.newer.older = item.older;
    else this.newest = item.older;
    if (item.older) item.older.newer = item.newer;
    else this.oldest = item.newer;
    item.newer = item.older = undefined;
    this.length--;
  }

  /** Makes it the newest. */
  touch(item: T): void {
    if (this.newest === item) return;
    this.remove(item);
    this.add(item);
  }
}
