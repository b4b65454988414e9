import { ExecRecord } from "../capture/record.js";
import type { EntryLeader, EntryType } from "./entry.js";
import { ProcessInfo, type EventContext, type Relatives } from "./event.js";
import type { Lineage } from "./lineage.js";
import { kernelThread } from "./proc_program.js";
import type { Entry, Reference } from "./table.js";

/** How far up the tree of processes an event tells. */
export const MAX_ANCESTORS = 16;

/** undefined: not looked up yet */
type Found<T> = { readonly value: T } | undefined;

/** The relatives of one exec, found in the table as it is when they are asked for. */
export class ExecRelatives implements Relatives {
  private foundParent: Found<ProcessInfo | undefined>;
  private foundAncestors: Found<readonly ProcessInfo[]>;
  private foundSession: Found<ProcessInfo | undefined>;
  private foundGroup: Found<ProcessInfo | undefined>;
  private foundEntry: Found<ProcessInfo | undefined>;

  constructor(
    private readonly lineage: Lineage,
    private readonly record: ExecRecord,
    private readonly parentEntry: Entry | undefined,
    private readonly leader: EntryLeader | undefined,
    private readonly context: EventContext,
  ) {}

  get parent(): ProcessInfo | undefined {
    return (this.foundParent ??= { value: this.creatorOf(this.record, this.parentEntry) }).value;
  }

  get ancestors(): readonly ProcessInfo[] {
    return (this.foundAncestors ??= { value: this.walk() }).value;
  }

  get sessionLeader(): ProcessInfo | undefined {
    return (this.foundSession ??= { value: this.relative(this.record.sessionLeader) }).value;
  }

  get groupLeader(): ProcessInfo | undefined {
    return (this.foundGroup ??= { value: this.relative(this.record.groupLeader) }).value;
  }

  get entryLeader(): ProcessInfo | undefined {
    const key = this.leader?.key;
    return (this.foundEntry ??= { value: key && this.relative({ ...key, execKey: 0 }) }).value;
  }

  get entryType(): EntryType | undefined {
    return this.leader?.type;
  }

  private creatorOf(record: ExecRecord, entry: Entry | undefined): ProcessInfo | undefined {
    const { creator, creatorComm } = record;
    if (creator.pid === 0) return undefined;
    const program = record.creatorIsKernel ? kernelThread(creator, creatorComm) : entry?.program;
    return new ProcessInfo(creator, program, this.context, creatorComm);
  }

  private relative(ref: Reference): ProcessInfo | undefined {
    if (ref.pid === 0) return undefined;
    const { record } = this;
    // Its own leader: the table may know more of it already, when this is asked for late.
    const program = ref.pid === record.pid ? record : this.lineage.find(ref, record.order)?.program;
    const key = ref.startTicks !== 0 || program === undefined || program.self.pid !== ref.pid ? ref : program.self;
    return new ProcessInfo(key, program, this.context);
  }

  private walk(): ProcessInfo[] {
    const ancestors: ProcessInfo[] = [];
    let process = this.parent;
    let entry = this.parentEntry;
    while (process && ancestors.length < MAX_ANCESTORS) {
      ancestors.push(process);
      if (!entry || process.source === "kernel") break;
      if (entry.pid !== process.pid) {
        // It forked and did not exec: the process that did exec its program is further up, by a fork or more.
        process = new ProcessInfo(entry.program.self, entry.program, this.context);
        continue;
      }
      [process, entry] = this.above(entry);
    }
    return ancestors;
  }

  /** Whom a program's process was forked by; only out of the table, since /proc may tell of another program by now. */
  private above({ program }: Entry): [ProcessInfo | undefined, Entry | undefined] {
    const { table } = this.lineage;
    if (program instanceof ExecRecord) {
      const entry = this.lineage.knownCreator(program);
      return [this.creatorOf(program, entry), entry];
    }
    const entry = table.latestOf(program.creator);
    return [entry && new ProcessInfo(entry.program.self, entry.program, this.context), entry];
  }
}
