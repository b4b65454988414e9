import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";

import { openInput, unpacked } from "../../src/replay/input.js";

async function content(chunks: AsyncIterable<Buffer>): Promise<string> {
  const all: Buffer[] = [];
  for await (const chunk of chunks) all.push(chunk);
  return Buffer.concat(all).toString("utf8");
}

async function* bytewise(bytes: Buffer): AsyncGenerator<Buffer, void> {
  for (let index = 0; index < bytes.length; index++) {
    yield bytes.subarray(index, index + 1);
    await Promise.resolve();
  }
}

describe("a recording's bytes", () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "wallwatch-"));
  });
  after(() => rm(folder, { recursive: true }));

  const nothing = bytewise(Buffer.alloc(0));

  it("come from a file, with its size and how far they were read", async () => {
    const path = join(folder, "plain.ndjson");
    await writeFile(path, '{"a":1}\n');
    const input = await openInput(path, nothing);
    assert.deepEqual([input.name, input.size, input.position], [path, 8, 0]);
    assert.equal(await content(input.chunks), '{"a":1}\n');
    assert.equal(input.position, 8);
  });

  it("are unpacked if they are gzip, in one part or several", async () => {
    const packed = Buffer.concat([gzipSync("first\n"), gzipSync("second\n")]);
    const path = join(folder, "packed");
    await writeFile(path, packed);
    const input = await openInput(path, nothing);
    assert.equal(await content(input.chunks), "first\nsecond\n");
    assert.equal(input.position, packed.length);
    assert.equal(await content((await openInput("-", bytewise(packed))).chunks), "first\nsecond\n");
  });

  for (const [tool, bytes] of [
    ["xz -dc", Buffer.from("fd377a585a00", "hex")],
    ["zstd -dc", Buffer.from("28b52ffd04", "hex")],
    ["bzip2 -dc", Buffer.from("BZh91AY")],
    ["unzip -p", Buffer.from("PK\x03\x04\x14")],
  ] as const) {
    it(`are refused where only ${tool} unpacks them, with what to do`, async () => {
      await assert.rejects(content(unpacked(bytewise(bytes))), new RegExp(`unpack it with "${tool}"`));
    });
  }

  it("are refused as UTF-16, with what to do", async () => {
    const text = Buffer.from("\ufeff{}\n", "utf16le");
    for (const bytes of [text, Buffer.from(text).swap16()]) {
      await assert.rejects(content(unpacked(bytewise(bytes))), /^Error: this is UTF-16, .*"iconv -f UTF-16 -t UTF-8"/);
    }
  });

  it("are passed on where they are too few for gzip", async () => {
    assert.equal(await content(unpacked(bytewise(Buffer.from("x")))), "x");
    assert.equal(await content(unpacked(bytewise(Buffer.alloc(0)))), "");
  });

  it("end with an error where gzip is cut off or damaged", async () => {
    const packed = gzipSync("text\n".repeat(1000));
    await assert.rejects(content(unpacked(bytewise(packed.subarray(0, -12)))), /unexpected end of file/);
    const damaged = Buffer.from(packed);
    damaged.fill(0xff, 12, 20);
    await assert.rejects(content(unpacked(bytewise(damaged))));
  });

  it("are not there for a folder or a file that is missing", async () => {
    await assert.rejects(openInput(folder, nothing), /is a folder/);
    await assert.rejects(openInput(join(folder, "none"), nothing), { code: "ENOENT" });
  });
});
