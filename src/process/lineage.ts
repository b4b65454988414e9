import type { WallClock } from "../capture/clock.js";
import type { ExecRecord, ProcessRef } from "../capture/record.js";
import { type EntryLeader, entryTypeOf } from "./entry.js";
import { ExecEvent, type EventContext } from "./event.js";
import type { Identity } from "./identity.js";
import type { ProcProgram } from "./proc_program.js";
import type { ProcFs } from "./procfs.js";
import type { ProcessKey } from "./program.js";
import { ExecRelatives } from "./relatives.js";
import { Entry, type ProcessTable, type Reference } from "./table.js";

/** Processes read from /proc between two looks at other work, when all of them are. */
const SCAN_STEP = 64;

/**
 * Puts each exec into the tree of processes. What it knows of earlier execs is in the process table; what ran before it,
 * and what the table lost, it reads from /proc. A parent that neither knows is left unknown: an ancestor's argv in its
 * place would be a guess.
 */
export class Lineage {
  private context: EventContext | undefined;

  constructor(
    readonly table: ProcessTable,
    private readonly procfs: ProcFs,
    private readonly identity: Identity,
  ) {}

  /**
   * Learns what runs now. To be called when capture has begun and before its first event is handled: so nothing falls
   * between the two.
   */
  async scan(): Promise<void> {
    const found: ProcProgram[] = [];
    for (const [i, pid] of this.procfs.pids().entries()) {
      if (i % SCAN_STEP === SCAN_STEP - 1) await new Promise(setImmediate);
      const program = this.procfs.read(pid);
      if (program?.source === "proc") found.push(program);
    }
    // Parents before their children, which inherit the entry leader.
    found.sort((a, b) => a.self.startTicks - b.self.startTicks || a.self.pid - b.self.pid);
    for (const program of found) this.addFromProc(program, 0, 0);
  }

  /** Takes an exec into the table and gives its event. */
  observe(record: ExecRecord, clock: WallClock): ExecEvent {
    const parent = this.findParent(record);
    if (parent) this.table.useAsParent(parent);
    const { self } = record;
    const entryLeader = this.entryLeaderOf(record, parent);
    this.table.add(new Entry(record, self.pid, self.startTicks, self.execKey, record.order, entryLeader));
    // One for all events of a batch, which share their clock.
    const context = this.context?.clock === clock ? this.context : (this.context = { clock, identity: this.identity });
    return new ExecEvent(record, context, new ExecRelatives(this, record, parent, entryLeader, context));
  }

  /** Execs were lost: see ProcessTable.distrustOlder. */
  noteLoss(): void {
    this.table.distrustOlder();
  }

  /**
   * What a process was running, out of the table or else from /proc.
   * @param order when, as ExecRecord.order
   */
  find(process: Reference, order: number): Entry | undefined {
    return this.table.find(process, order) ?? this.readFromProc(process, 0);
  }

  /** The program of the process that forked this one, as far as the table knows it. */
  knownCreator(record: ExecRecord): Entry | undefined {
    return record.creatorIsKernel ? undefined : this.table.find(record.creator, creationOrder(record));
  }

  private findParent(record: ExecRecord): Entry | undefined {
    const { creator } = record;
    if (creator.pid === 0 || record.creatorIsKernel) return undefined;
    const order = creationOrder(record);
    this.learnKey(record, creator, order);
    return (
      this.table.find(creator, order) ??
      this.findByRelative(record, creator, order) ??
      (this.hasExecedSince(record, creator, order) ? undefined : this.readFromProc(creator, order))
    );
  }

  /**
   * Of the processes that were running before us and share the creator's program (a shell and its subshells), the oldest
   * executed it. Where the key is new to the table, those that the record knows by it are asked first: so the first exec
   * has the same program for its parent as all later ones.
   */
  private learnKey(record: ExecRecord, { execKey }: ProcessRef, order: number): void {
    if (execKey === 0 || this.table.knows(execKey)) return;
    for (const relative of relativesBy(execKey, record)) this.table.find(relative, order);
  }

  /**
   * A process that was running before us has no key in the table. But where the parent or a leader of the same record runs
   * the creator's program (a shell and its subshell), and is known from /proc, that is the program.
   */
  private findByRelative(record: ExecRecord, creator: ProcessRef, order: number): Entry | undefined {
    const { execKey } = creator;
    if (execKey === 0) return undefined;
    for (const relative of relativesBy(execKey, record)) {
      const entry = this.table.find(relative, order);
      if (entry) return entry;
    }
    return undefined;
  }

  /** The creator runs another program now than when it forked: then /proc tells of the wrong one. */
  private hasExecedSince(record: ExecRecord, creator: ProcessRef, order: number): boolean {
    const { parent } = record;
    if (parent.pid === creator.pid && parent.execKey !== creator.execKey) return true;
    const last = this.table.latestOf(creator);
    return last !== undefined && last.order > order;
  }

  private readFromProc(process: Reference, order: number): Entry | undefined {
    if (process.startTicks === 0) return undefined;
    const program = this.procfs.read(process.pid);
    if (program?.source !== "proc") return undefined;
    if (program.self.startTicks !== process.startTicks) return undefined;
    return this.addFromProc(program, process.execKey, order);
  }

  private addFromProc(program: ProcProgram, execKey: number, order: number): Entry {
    const { self } = program;
    const entryLeader = this.entryLeaderOf(program, this.table.latestOf(program.creator));
    const entry = new Entry(program, self.pid, self.startTicks, execKey, order, entryLeader);
    this.table.add(entry);
    return entry;
  }

  /** The process itself, where it is one; or else that of whom it descends from, or shares session or group with. */
  private entryLeaderOf(program: ExecRecord | ProcProgram, parent: Entry | undefined): EntryLeader | undefined {
    const { self, sessionLeader } = program;
    if (self.pid === sessionLeader.pid) {
      const type = entryTypeOf({
        key: self,
        session: sessionLeader.pid,
        name: program.name,
        tty: program.tty,
        parentPid: program.creator.pid,
        parentName: parent?.program.name,
      });
      if (type) return { key: keyOf(self), type };
    }
    if (parent?.entryLeader) return parent.entryLeader;
    if (self.pid === sessionLeader.pid) return self.pid === 1 ? undefined : { key: keyOf(self), type: "unknown" };
    const { table } = this;
    return table.latestOf(sessionLeader)?.entryLeader ?? table.latestOf(program.groupLeader)?.entryLeader;
  }
}

/** The parent and the leaders that run the program which has this key. */
function relativesBy(execKey: number, { parent, sessionLeader, groupLeader }: ExecRecord): ProcessRef[] {
  return [parent, sessionLeader, groupLeader].filter((one) => one.execKey === execKey && one.pid !== 0);
}

/** When the creator ran what made it the parent: at the fork, or where that was not seen, at the latest at the exec. */
function creationOrder(record: ExecRecord): number {
  return record.creatorKnown ? record.forkOrder : record.order;
}

/** A copy that holds no record's bytes. */
function keyOf({ pid, start, startTicks }: ProcessKey): ProcessKey {
  return { pid, start, startTicks };
}
