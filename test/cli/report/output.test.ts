import assert from "node:assert/strict";
import { execFileSync, spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { closeSync, constants, mkdtempSync, openSync, readSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { Output } from "../../../src/cli/report/output.js";

describe("output to who may not read", () => {
  let folder: string;
  let pipe: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "wallwatch-output-"));
    pipe = join(folder, "pipe");
    execFileSync("mkfifo", [pipe]);
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it("arrives in order", async () => {
    const reader = spawn("cat", [pipe], { stdio: ["ignore", "pipe", "inherit"] });
    const text = collect(reader);
    const fd = openSync(pipe, "w");
    const output = new Output(fd, () => "");
    for (let i = 0; i < 1000; i++) output.write(`${i}\n`);
    await output.flush(10_000);
    closeSync(fd);
    assert.equal(await text, Array.from({ length: 1000 }, (_, index) => `${index}\n`).join(""));
  });

  for (const [kind, flag] of [
    ["blocks", 0],
    ["would block", constants.O_NONBLOCK],
  ] as const) {
    it(`holds nothing up where the reader does not read, and says later what was dropped (${kind})`, async () => {
      const reading = openSync(pipe, constants.O_RDONLY | constants.O_NONBLOCK);
      const writing = openSync(pipe, constants.O_WRONLY | flag);
      const output = new Output(writing, (lost) => `${lost} dropped\n`);
      const piece = `${"x".repeat(1023)}\n`;
      const before = performance.now();
      for (let i = 0; i < 1000; i++) output.write(piece);
      assert.ok(performance.now() - before < 2000);
      await output.flush(50); // gives up: nobody reads
      let read = "";
      const buffer = Buffer.alloc(65_536);
      for (let idle = 0; !read.endsWith("dropped\n");) {
        const count = tryRead(reading, buffer);
        read += buffer.toString("latin1", 0, count);
        idle = count === 0 ? idle + 1 : 0;
        assert.ok(idle < 1000, "no word of what was dropped");
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
      const pieces = read.split(piece).length - 1;
      const dropped = Number(/(\d+) dropped\n$/.exec(read)?.[1]);
      assert.equal(pieces + dropped, 1000);
      assert.ok(pieces >= 256, `${pieces} KiB were kept`);
      closeSync(reading);
      closeSync(writing);
    });
  }

  it("ends quietly where nobody is left to read", async () => {
    const reading = openSync(pipe, constants.O_RDONLY | constants.O_NONBLOCK);
    const writing = openSync(pipe, "w");
    closeSync(reading);
    const output = new Output(writing, () => "");
    const begin = performance.now();
    output.write("a");
    await output.flush(10_000);
    output.write("b");
    await output.flush(10_000);
    assert.ok(performance.now() - begin < 10_000, "it went on trying");
    closeSync(writing);
  });
});

async function collect(child: ChildProcess): Promise<string> {
  let text = "";
  child.stdout?.on("data", (chunk: Buffer) => (text += chunk.toString()));
  await once(child, "close");
  return text;
}

function tryRead(fd: number, buffer: Buffer): number {
  try {
    return readSync(fd, buffer);
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EAGAIN") return 0;
    throw error;
  }
}
