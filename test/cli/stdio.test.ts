import assert from "node:assert/strict";
import { PassThrough, Writable } from "node:stream";

import { Sink } from "../../src/cli/stdio.js";

/** A stream whose every write fails in a given way. */
class Failing extends Writable {
  constructor(
    readonly code: string,
    readonly isTTY = false,
  ) {
    super();
  }

  override _write(_chunk: Buffer, _encoding: BufferEncoding, done: (error: Error) => void): void {
    done(Object.assign(new Error(this.code), { code: this.code }));
  }
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe("a command's output", () => {
  it("waits for a slow reader", async () => {
    const stream = new PassThrough({ highWaterMark: 4 });
    const sink = new Sink(stream);
    let isWritten = false;
    const writing = sink.write("longer than that").then(() => (isWritten = true));
    await turn();
    assert.equal(isWritten, false);
    stream.resume();
    await writing;
    assert.equal(isWritten, true);
  });

  it("notices that nobody reads any more, and goes quiet", async () => {
    for (const [code, isTerminal] of [
      ["EPIPE", false],
      ["EIO", true],
    ] as const) {
      const sink = new Sink(new Failing(code, isTerminal));
      await sink.write("x");
      await turn();
      assert.equal(sink.isClosed, true);
      await sink.write("y");
    }
  });

  it("does not wait for a reader that goes away instead", async () => {
    const stream = new PassThrough({ highWaterMark: 4 });
    const sink = new Sink(stream);
    const writing = sink.write("longer than that");
    stream.destroy();
    await writing;
    assert.equal(sink.isClosed, true);
  });

  it("fails with what else went wrong, at this write or the next", async () => {
    for (const code of ["ENOSPC", "EIO"]) {
      const sink = new Sink(new Failing(code));
      const twice = async (): Promise<void> => {
        await sink.write("x");
        await turn();
        await sink.write("y");
      };
      const expected = { message: `The output cannot be written: ${code}.`, exitCode: 74 };
      await assert.rejects(twice, expected);
      await assert.rejects(sink.write("z"), expected);
    }
  });
});
