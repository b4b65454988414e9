import type { WallClock, WallTime } from "../capture/clock.js";
import type { ExecRecord } from "../capture/record.js";
import type { EntryType } from "./entry.js";
import type { Identity } from "./identity.js";
import type { ProcessKey, Program, ProgramSource } from "./program.js";

/** What is needed to say when and on which host something happened. */
export interface EventContext {
  readonly clock: WallClock;
  readonly identity: Identity;
}

/**
 * A process as an event tells of it: the one that exec'd, its parent, an ancestor, a leader. It decodes on demand and
 * keeps what it decoded, so it belongs to its event and is not to be stored for long.
 */
export class ProcessInfo {
  private decodedName: string | undefined;
  private decodedArgs: readonly string[] | undefined;

  /**
   * @param program what it runs; undefined where only the process itself is known
   * @param threadName comm of the thread that was seen, where that is not the program's
   */
  constructor(
    readonly key: ProcessKey,
    readonly program: Program | undefined,
    private readonly context: EventContext,
    private readonly threadName?: string,
  ) {}

  get pid(): number {
    return this.key.pid;
  }

  /** "exec": its exec was seen. "proc": it was found in /proc. "kernel": a kernel thread. "fork": only its fork is known. */
  get source(): ProgramSource | "fork" {
    return this.program?.source ?? "fork";
  }

  /** Stable for a process through all its execs, another one once its pid is used again; undefined without a start. */
  get entityId(): string | undefined {
    const { pid, startTicks } = this.key;
    return startTicks === 0 ? undefined : this.context.identity.entityId(pid, startTicks);
  }

  /**
   * `event.id` of the exec that gave the process its program. One that only forked has that of the exec which it shares;
   * what was found in /proc has one of its own. undefined where the program is not known.
   */
  get execId(): string | undefined {
    if (this.program === undefined) return undefined;
    const { self, timestamp } = this.program;
    return self.startTicks === 0 ? undefined : this.context.identity.execId(self.pid, self.startTicks, timestamp);
  }

  /** When the process was forked; undefined where unknown. */
  get start(): WallTime | undefined {
    const { start } = this.key;
    return start === 0n ? undefined : this.context.clock.at(start);
  }

  get name(): string | undefined {
    return (this.decodedName ??= this.program?.name);
  }

  get executable(): string | undefined {
    return this.program?.executable;
  }

  /** argv; empty where none is known. */
  get args(): readonly string[] {
    return (this.decodedArgs ??= this.program?.args ?? []);
  }

  /** The arguments joined by spaces; undefined where there are none. */
  get commandLine(): string | undefined {
    return this.args.length === 0 ? undefined : this.args.join(" ");
  }

  /** The kernel's name of the thread that was seen, or else of the process. */
  get comm(): string | undefined {
    return this.threadName ?? this.program?.comm;
  }
}

/** The processes around one exec. Each is looked up when it is first asked for, and kept. */
export interface Relatives {
  readonly parent: ProcessInfo | undefined;
  readonly ancestors: readonly ProcessInfo[];
  readonly sessionLeader: ProcessInfo | undefined;
  readonly groupLeader: ProcessInfo | undefined;
  readonly entryLeader: ProcessInfo | undefined;
  readonly entryType: EntryType | undefined;
}

/**
 * One program that started. Its relatives are looked up on demand in tables that go on with the stream, so ask for them
 * while the event is being handled; what was asked for stays as it was.
 */
export class ExecEvent {
  readonly kind = "exec";
  /** The process that exec'd, with its new program. */
  readonly process: ProcessInfo;
  private decodedId: string | undefined;

  constructor(
    readonly record: ExecRecord,
    private readonly context: EventContext,
    private readonly relatives: Relatives,
  ) {
    this.process = new ProcessInfo(record.self, record, context);
  }

  /** The same wherever and whenever it is computed: a hash of host, boot, pid, start and the exec's kernel time. */
  get id(): string {
    const { record, context } = this;
    return (this.decodedId ??= context.identity.execId(record.pid, record.self.startTicks, record.timestamp));
  }

  /** The moment of the exec. */
  get timestamp(): WallTime {
    return this.context.clock.at(this.record.boottime);
  }

  /** When the agent read the event. */
  get created(): WallTime {
    return this.context.clock.now;
  }

  /** Milliseconds from the exec to when the agent read it; no step of the clock is in it. */
  get latency(): number {
    return Number(this.context.clock.since(this.record.boottime)) / 1e6;
  }

  /**
   * The process that forked this one, as it was then, also where it is gone; where its fork was not seen
   * (record.creatorKnown), the real parent at the exec. undefined where the kernel names none.
   */
  get parent(): ProcessInfo | undefined {
    return this.relatives.parent;
  }

  /** The parent, who forked that, and so on, nearest first and at most MAX_ANCESTORS; it ends where the way is lost. */
  get ancestors(): readonly ProcessInfo[] {
    return this.relatives.ancestors;
  }

  get sessionLeader(): ProcessInfo | undefined {
    return this.relatives.sessionLeader;
  }

  get groupLeader(): ProcessInfo | undefined {
    return this.relatives.groupLeader;
  }

  /** The process through which somebody or something came onto the host; see entryType. */
  get entryLeader(): ProcessInfo | undefined {
    return this.relatives.entryLeader;
  }

  /** How it came: ECS' process.entry_leader.entry_meta.type. */
  get entryType(): EntryType | undefined {
    return this.relatives.entryType;
  }
}
