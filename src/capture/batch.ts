import { EXEC, HEADER, LANE_KERNEL, LANE_PROC, LOSS, PART, RECORD_EXEC, RECORD_LOSS } from "./layout.js";
import { type LossReason, lossReason } from "./loss.js";
import { ExecRecord } from "./record.js";

/** struct loss_record; times in nanoseconds of CLOCK_BOOTTIME. */
export interface LossRecord {
  readonly reason: LossReason;
  readonly count: number;
  readonly from: bigint;
  readonly until: bigint;
}

/** A batch that does not hold what native/exec_record.h says: addon and package are of different versions, or it is a bug. */
export class RecordError extends Error {
  override readonly name = "RecordError";
  readonly code = "ERR_WALLWATCH_RECORD";

  /** @param at the record's first byte in its batch */
  constructor(
    readonly at: number,
    problem: string,
  ) {
    super(`the record at byte ${at} of a batch ${problem}`);
  }
}

/**
 * Reads the records of one batch, one after the other. Each exec record's bytes are copied once, when it is its turn; the
 * batch itself lies in memory of the addon and must not be used after the next one was taken.
 */
export class BatchReader {
  private readonly bytes: Buffer;
  private readonly view: DataView;
  private at = 0;

  constructor(batch: Uint8Array) {
    this.bytes = Buffer.from(batch.buffer, batch.byteOffset, batch.byteLength);
    this.view = new DataView(batch.buffer, batch.byteOffset, batch.byteLength);
  }

  /**
   * The next record, or undefined at the end of the batch.
   * @throws RecordError where sizes do not fit each other
   */
  next(): ExecRecord | LossRecord | undefined {
    const { at, view } = this;
    const rest = view.byteLength - at;
    if (rest === 0) return undefined;
    if (rest < HEADER.sizeof) throw new RecordError(at, `has ${rest} bytes, less than its header`);
    const size = view.getUint32(at + HEADER.size, true);
    if (size > rest) throw new RecordError(at, `says ${size} bytes where ${rest} are left`);
    if (size % 8 !== 0) throw new RecordError(at, `says ${size} bytes, not a multiple of 8`);
    const kind = view.getUint8(at + HEADER.kind);
    if (kind === RECORD_EXEC) this.checkExec(size);
    else if (kind !== RECORD_LOSS) throw new RecordError(at, `is of kind ${kind}`);
    else if (size !== LOSS.sizeof) throw new RecordError(at, `is a loss of ${size} bytes`);
    this.at += size;
    return kind === RECORD_EXEC ? new ExecRecord(this.bytes.toString("latin1", at, at + size)) : this.loss(at);
  }

  private checkExec(size: number): void {
    const { at, view } = this;
    if (size < EXEC.sizeof) throw new RecordError(at, `is an exec of ${size} bytes`);
    const lane = view.getUint8(at + HEADER.lane);
    if (lane !== LANE_KERNEL && lane !== LANE_PROC) throw new RecordError(at, `came by lane ${lane}`);
    let parts = 0;
    for (let i = 0; i < PART.count; i++) parts += view.getUint32(at + EXEC.partSize + 4 * i, true);
    const padding = size - EXEC.sizeof - parts;
    if (padding < 0 || padding > 7) throw new RecordError(at, `has ${size} bytes and parts of ${parts}`);
  }

  private loss(at: number): LossRecord {
    const code = this.view.getUint32(at + LOSS.reason, true);
    const reason = lossReason(code);
    if (reason === undefined) throw new RecordError(at, `is a loss of reason ${code}`);
    return {
      reason,
      count: Number(this.view.getBigUint64(at + LOSS.count, true)),
      from: this.view.getBigUint64(at + LOSS.from, true),
      until: this.view.getBigUint64(at + LOSS.until, true),
    };
  }
}
