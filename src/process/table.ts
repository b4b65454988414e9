import type { EntryLeader } from "./entry.js";
import { LruList, type LruItem } from "./lru.js";
import type { ProcessKey, Program } from "./program.js";

/** Bounds of the process table. Measured, its indexes included, it holds what `bytes` says, and 3 MiB in ordinary use. */
const TABLE_LIMITS = {
  /** Execs that forked nothing that exec'd, so far. */
  leaves: 4096,
  /** Execs that are the program of some other exec's creator. */
  parents: 4096,
  /** Bytes of both, as Entry.size has them. */
  bytes: 5 << 20,
} as const;

/** An entry's own objects and its places in the indexes. */
const ENTRY_SIZE = 350;

/** A process as a record refers to it. */
export interface Reference extends ProcessKey {
  /** See ProcessRef.execKey; 0 where unknown. */
  readonly execKey: number;
}

/** One exec, or one program found in /proc. */
export class Entry implements LruItem {
  newer: LruItem | undefined;
  older: LruItem | undefined;
  /** The exec before that had the same key: its file is closed and the kernel used the address again. */
  previous: Entry | undefined;
  hasChildren = false;

  constructor(
    readonly program: Program,
    readonly pid: number,
    readonly startTicks: number,
    /** 0 where unknown. */
    public execKey: number,
    /** When it was executed, or the moment from which this is known: comparable with ExecRecord.order. */
    readonly order: number,
    readonly entryLeader: EntryLeader | undefined,
  ) {}

  get size(): number {
    return this.program.size + ENTRY_SIZE;
  }
}

/**
 * The programs of which later execs may need the argv as that of their parent. It is found by its key, which the kernel
 * hands to all forks of a process: so also for a parent that never exec'd, or is gone. Where no key is known (proc lane,
 * processes from before the agent) it is found by pid and start.
 *
 * Bounded in number and in bytes; what was not used for the longest time leaves first. Nearly all execs are leaves of the
 * process tree, so those that became somebody's parent are kept apart: a storm of leaves does not wash out the shells
 * and daemons. Entries refer to their parents by key only, never by reference: a chain of references would keep every
 * ancestor alive.
 */
export class ProcessTable {
  private readonly byKey = new Map<number, Entry>();
  private readonly byPid = new Map<number, Entry>();
  private readonly leaves = new LruList<Entry>();
  private readonly parents = new LruList<Entry>();
  private used = 0;
  private trustedAfter = -1;
  private latest = 0;

  constructor(private readonly limits: { leaves: number; parents: number; bytes: number } = TABLE_LIMITS) {}

  get size(): number {
    return this.leaves.size + this.parents.size;
  }

  get bytes(): number {
    return this.used;
  }

  /** Adds what a process runs now. */
  add(entry: Entry): void {
    if (entry.order > this.latest) this.latest = entry.order;
    const before = this.byPid.get(entry.pid);
    // Without a key it was to be found by its pid alone, and that names the new one now.
    if (before?.execKey === 0) this.remove(before);
    this.byPid.set(entry.pid, entry);
    this.leaves.add(entry);
    this.used += entry.size;
    if (entry.execKey !== 0) this.index(entry);
    else if (entry.program.source === "exec") this.distrustOlder();
    this.evict();
  }

  /**
   * Execs were lost. What was executed before is from now on found only for the very process that executed it: a key may
   * have become that of an exec which was not seen.
   */
  distrustOlder(): void {
    this.trustedAfter = this.latest;
  }

  /**
   * What a process was running at a moment.
   * @param order the moment, as ExecRecord.order
   * @returns undefined where it is not known for certain
   */
  find(process: Reference, order: number): Entry | undefined {
    const { execKey } = process;
    const byKey = execKey === 0 ? undefined : this.generation(process, order);
    const byPid = this.byPid.get(process.pid);
    if (byPid === undefined || byPid === byKey || !isSame(byPid, process) || byPid.order > order) return byKey;
    if (execKey === 0) return byPid;
    // An exec of which only the key is missing, newer than what has the key: the key is its own. Two that are known from
    // the same moment share one exec by a fork: it is the older one's.
    if (byPid.execKey !== 0 || (byKey && !isExecOf(byPid, byKey))) return byKey;
    this.bind(byPid, execKey);
    return byPid;
  }

  /** Whether some program has this key. */
  knows(execKey: number): boolean {
    return this.byKey.has(execKey);
  }

  /** The last program of a process, whenever it was executed. */
  latestOf(process: ProcessKey): Entry | undefined {
    const entry = this.byPid.get(process.pid);
    return entry && isSame(entry, process) ? entry : undefined;
  }

  /** Marks it as used, and as somebody's parent. */
  useAsParent(entry: Entry): void {
    if (entry.hasChildren) {
      this.parents.touch(entry);
      return;
    }
    this.leaves.remove(entry);
    entry.hasChildren = true;
    this.parents.add(entry);
    if (this.parents.size > this.limits.parents) this.removeOldest(this.parents);
  }

  private bind(entry: Entry, execKey: number): void {
    entry.execKey = execKey;
    this.index(entry);
  }

  private index(entry: Entry): void {
    const previous = this.byKey.get(entry.execKey);
    const oldest = previous?.previous;
    this.byKey.set(entry.execKey, entry);
    entry.previous = previous;
    // Two generations are enough: a third would need an exec that waits between fork and exec while its creator's
    // address is used twice again.
    if (previous && oldest) {
      previous.previous = undefined;
      this.remove(oldest);
    }
  }

  private generation(process: Reference, order: number): Entry | undefined {
    let entry = this.byKey.get(process.execKey);
    while (entry && entry.order > order) entry = entry.previous;
    if (entry?.pid === process.pid && process.startTicks !== 0) return isSame(entry, process) ? entry : undefined;
    return entry && entry.order > this.trustedAfter ? entry : undefined;
  }

  private evict(): void {
    if (this.leaves.size > this.limits.leaves) this.removeOldest(this.leaves);
    while (this.used > this.limits.bytes && this.size > 1) {
      this.removeOldest(this.leaves.size > 1 ? this.leaves : this.parents);
    }
  }

  private removeOldest(list: LruList<Entry>): void {
    const entry = list.last;
    if (entry) this.remove(entry);
  }

  private remove(entry: Entry): void {
    (entry.hasChildren ? this.parents : this.leaves).remove(entry);
    this.used -= entry.size;
    if (this.byPid.get(entry.pid) === entry) this.byPid.delete(entry.pid);
    if (entry.execKey === 0) return;
    const newest = this.byKey.get(entry.execKey);
    if (newest === entry) {
      if (entry.previous) this.byKey.set(entry.execKey, entry.previous);
      else this.byKey.delete(entry.execKey);
    } else if (newest?.previous === entry) newest.previous = undefined;
    entry.previous = undefined;
  }
}

/** Whether a key that two programs are named by is the first one's rather than the other's. */
function isExecOf(one: Entry, other: Entry): boolean {
  return one.order > other.order || (one.order === other.order && one.startTicks < other.startTicks);
}

/** A pid alone says nothing: it may have been an earlier process'. */
function isSame(entry: Entry, process: ProcessKey): boolean {
  return entry.pid === process.pid && entry.startTicks === process.startTicks && entry.startTicks !== 0;
}
