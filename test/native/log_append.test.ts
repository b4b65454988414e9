import assert from "node:assert/strict";
import {
  appendFileSync,
  closeSync,
  mkdtempSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { loadAddon } from "../../src/capture/binding.js";

describe("the addon, appending to a log", () => {
  const { appendToLog } = loadAddon();
  let folder: string;
  let path: string;
  let fd: number;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "wallwatch-append-"));
    path = join(folder, "log");
    fd = openSync(path, "a");
  });
  afterEach(() => {
    closeSync(fd);
    rmSync(folder, { recursive: true });
  });

  const lines = (...texts: string[]): Buffer[] => texts.map((text) => Buffer.from(`${text}\n`));

  it("writes all lines in their order, however many", async () => {
    const many = Array.from({ length: 3000 }, (_, index) => `line ${index}`); // of more than one writev(2)
    const text = many.map((line) => `${line}\n`).join("");
    assert.deepEqual(await appendToLog(fd, path, 0, lines(...many)), { size: 0, written: text.length, synced: true });
    assert.deepEqual(await appendToLog(fd, path, text.length, lines("last")), {
      size: text.length,
      written: 5,
      synced: true,
    });
    assert.equal(readFileSync(path, "utf8"), `${text}last\n`);
  });

  it("only looks where there is no line", async () => {
    assert.deepEqual(await appendToLog(fd, path, 0, []), { size: 0, written: 0, synced: true });
  });

  it("writes nothing into a file of another size", async () => {
    appendFileSync(path, "foreign\n");
    assert.deepEqual(await appendToLog(fd, path, 0, lines("a")), { size: 8, written: 0, synced: false });
    assert.equal(readFileSync(path, "utf8"), "foreign\n");
  });

  it("writes nothing where another file, or none, is at the path", async () => {
    const nothing = { written: 0, synced: false };
    renameSync(path, `${path}.moved`);
    assert.deepEqual(await appendToLog(fd, path, 0, lines("a")), nothing);
    writeFileSync(path, "");
    assert.deepEqual(await appendToLog(fd, path, 0, lines("a")), nothing);
    assert.deepEqual(await appendToLog(fd, join(path, "below"), 0, lines("a")), nothing);
    assert.equal(readFileSync(path, "utf8"), "");
    assert.equal(readFileSync(`${path}.moved`, "utf8"), "");
  });

  it("says why it cannot look", async () => {
    symlinkSync("loop", join(folder, "loop"));
    const { error, ...appended } = await appendToLog(fd, join(folder, "loop"), 0, lines("a"));
    assert.deepEqual(appended, { written: 0, synced: false });
    assert.ok(error instanceof Error);
    assert.equal(error.code, "ELOOP");
    assert.equal(error.syscall, "stat");
  });

  it("says what a full disk has taken", async () => {
    const full = openSync("/dev/full", "a");
    try {
      const { error, ...appended } = await appendToLog(full, "/dev/full", 0, lines("a"));
      assert.deepEqual(appended, { size: 0, written: 0, synced: false });
      assert.ok(error instanceof Error);
      assert.equal(error.code, "ENOSPC");
      assert.equal(error.syscall, "writev");
      assert.equal(error.message, "ENOSPC: No space left on device, writev '/dev/full'");
    } finally {
      closeSync(full);
    }
  });

  it("tells a file that cannot be synced", async () => {
    const nowhere = openSync("/dev/null", "a");
    try {
      const { error, ...appended } = await appendToLog(nowhere, "/dev/null", 0, lines("a"));
      assert.deepEqual(appended, { size: 0, written: 2, synced: false });
      assert.equal(error?.syscall, "fdatasync");
      assert.equal(error.code, "EINVAL");
    } finally {
      closeSync(nowhere);
    }
  });
});
