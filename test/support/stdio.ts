import { Writable } from "node:stream";

import { Sink, type Stdio, type TerminalStream } from "../../src/cli/stdio.js";

/** Standard streams that keep what is written to them. */
export interface RecordedStdio extends Stdio {
  readonly out: () => string;
  readonly err: () => string;
}

export interface StdioOptions {
  readonly stdin?: string | Buffer;
  /** Standard error is a terminal of that many columns. */
  readonly columns?: number;
}

export function recordedStdio({ stdin = "", columns }: StdioOptions = {}): RecordedStdio {
  const out = new Recorder();
  const err = new Recorder(columns);
  return {
    stdin: once(Buffer.from(stdin)),
    stdout: new Sink(out),
    stderr: new Sink(err),
    out: () => out.text,
    err: () => err.text,
  };
}

class Recorder extends Writable implements TerminalStream {
  text = "";
  readonly isTTY: boolean;
  readonly columns: number;

  constructor(columns?: number) {
    super();
    this.isTTY = columns !== undefined;
    this.columns = columns ?? 80;
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.text += chunk.toString("utf8");
    done();
  }
}

async function* once(bytes: Buffer): AsyncGenerator<Buffer, void> {
  await Promise.resolve();
  if (bytes.length > 0) yield bytes;
}
