import { constants, type Stats } from "node:fs";
import { open, stat, type FileHandle } from "node:fs/promises";
import { dirname } from "node:path";

const WRITABLE_BY_GROUP = 0o020;
const WRITABLE_BY_ANYONE = 0o002;
const STICKY = 0o1000;

/** A file on which the agent's behaviour depends may be changed by somebody who is not its administrator. */
export class UntrustedFileError extends Error {
  override readonly name = "UntrustedFileError";
}

/**
 * The text of a file that belongs to root or the user of this process, that nobody else may write, and whose folder is not for
 * anyone to write. The folders above that one are not looked at.
 *
 * @throws {UntrustedFileError} where one of these does not hold
 * @throws what open(2) and read(2) say
 */
export async function readTrusted(path: string): Promise<string> {
  // A FIFO must not make open wait for a writer.
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    await assertTrusted(path, file);
    return await file.readFile("utf8");
  } finally {
    await file.close();
  }
}

async function assertTrusted(path: string, file: FileHandle): Promise<void> {
  // What was opened is asked, not the path: the path could be another file by now.
  const fault = untrustedFile(await file.stat()) ?? untrustedFolder(await stat(dirname(path)));
  if (fault !== undefined) throw new UntrustedFileError(fault);
}

function untrustedFile(stats: Stats): string | undefined {
  if (!stats.isFile()) return "is not a regular file";
  if (!isOurs(stats.uid)) return `belongs to the user with uid ${stats.uid}, not to root`;
  if ((stats.mode & WRITABLE_BY_ANYONE) !== 0) return "may be written by anyone (chmod o-w)";
  if ((stats.mode & WRITABLE_BY_GROUP) !== 0 && stats.gid !== 0) return `may be written by its group (chmod g-w)`;
  return undefined;
}

function untrustedFolder(stats: Stats): string | undefined {
  const replaceable = (stats.mode & WRITABLE_BY_ANYONE) !== 0 && (stats.mode & STICKY) === 0;
  return replaceable ? "stands in a folder that anyone may write (chmod o-w on the folder)" : undefined;
}

function isOurs(uid: number): boolean {
  return uid === 0 || uid === process.geteuid?.();
}
