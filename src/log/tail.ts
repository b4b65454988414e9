import { open, type FileHandle } from "node:fs/promises";

import { parseJsonObject } from "../json.js";
import { MAX_LINE } from "./lines.js";

const NEWLINE = 0x0a;
const CHUNK = 64 * 1024;

/** A last line that the end of a process or of the power cut short. */
export interface TornLine {
  /** What there is of it, in bytes. */
  readonly bytes: number;
  /** Where it was moved to; undefined where only its newline was missing, which was added. */
  readonly movedTo: string | undefined;
}

/**
 * Makes a file end with a whole line. A last line without its newline is completed if it is a whole JSON object, and
 * otherwise moved to the end of `asidePath`.
 *
 * @returns the line that was torn, if there was one
 * @throws what the system says; the file is then as it was
 */
export async function repairTail(file: FileHandle, size: number, asidePath: string): Promise<TornLine | undefined> {
  const start = await lastLineStart(file, size);
  if (start === size) return undefined;
  const tail = await readRange(file, start, size);
  if (parseJsonObject(tail.toString("utf8")) !== undefined) {
    await file.appendFile("\n");
    await file.datasync();
    return { bytes: tail.length, movedTo: undefined };
  }
  await setAside(tail, asidePath);
  await file.truncate(start);
  await file.datasync();
  return { bytes: tail.length, movedTo: asidePath };
}

/** Where what follows the last newline begins; the size itself where nothing follows. */
async function lastLineStart(file: FileHandle, size: number): Promise<number> {
  for (let end = size; end > 0;) {
    if (size - end > MAX_LINE) throw new Error(`its last ${MAX_LINE} bytes are no line: it is not an alert log`);
    const start = Math.max(0, end - CHUNK);
    const newline = (await readRange(file, start, end)).lastIndexOf(NEWLINE);
    if (newline >= 0) return start + newline + 1;
    end = start;
  }
  return 0;
}

async function readRange(file: FileHandle, start: number, end: number): Promise<Buffer> {
  const buffer = Buffer.alloc(end - start);
  let filled = 0;
  while (filled < buffer.length) {
    const { bytesRead } = await file.read(buffer, filled, buffer.length - filled, start + filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return buffer.subarray(0, filled);
}

async function setAside(bytes: Buffer, path: string): Promise<void> {
  const file = await open(path, "a", 0o640);
  try {
    await file.appendFile(Buffer.concat([bytes, Buffer.of(NEWLINE)]));
    await file.datasync();
  } finally {
    await file.close();
  }
}
