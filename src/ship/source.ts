/** Lines of the alert log, for one sink: src/log/reader.ts is one. */
export interface LineReader {
  /** The next lines that are not committed, in order; waits for one. Undefined once aborted or closed. */
  next(limits: { readonly lines: number; readonly bytes: number }, signal: AbortSignal): Promise<LineBatch | undefined>;
  /** All of the batch has arrived, or lies with the dead letters. Resolves when that is durable. */
  commit(batch: LineBatch): Promise<void>;
  readonly waiting: Backlog;
  close(): Promise<void>;
}

export interface LineBatch {
  /** Each without its newline. */
  readonly lines: readonly Buffer[];
  readonly bytes: number;
  /** Whether these lines were in the log before this reader was opened: they may have arrived. */
  readonly maybeSent: boolean;
}

/** What a sink has not been sent yet. */
export interface Backlog {
  readonly lines: number;
  readonly bytes: number;
  /** ms since 1970 */
  readonly oldest: number | undefined;
}
