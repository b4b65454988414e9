import { closeSync, fstatSync, openSync, readSync, watch } from "node:fs";
import { basename, dirname } from "node:path";

/**
 * Calls `onLine` for each whole line of a file, those that stand there and those to come, as inotify tells them. The file
 * may not be there yet, its folder must. When another file takes its name, the first is read to its end and then that one.
 *
 * @returns what stops it
 */
export function followLines(path: string, onLine: (line: string) => void): () => void {
  let fd: number | undefined;
  // Of the first line that is not whole yet: what stands there may still be cut off and written anew.
  let offset = 0;
  const readToEnd = (): void => {
    if (fd === undefined) return;
    const added = Buffer.alloc(Math.max(0, fstatSync(fd).size - offset));
    const got = readSync(fd, added, 0, added.length, offset);
    let from = 0;
    for (let end = added.indexOf("\n"); end !== -1 && end < got; end = added.indexOf("\n", from)) {
      onLine(added.toString("utf8", from, end));
      from = end + 1;
    }
    offset += from;
  };
  const read = (): void => {
    readToEnd();
    const now = openIfThere(path);
    if (now === undefined) return;
    if (fd !== undefined && fstatSync(fd).ino === fstatSync(now).ino) {
      closeSync(now);
      return;
    }
    // What came to the first between the look at it and the new file.
    readToEnd();
    if (fd !== undefined) closeSync(fd);
    fd = now;
    offset = 0;
    readToEnd();
  };
  const watcher = watch(dirname(path), (_event, name) => {
    if (name === basename(path)) read();
  });
  read();
  return () => {
    watcher.close();
    if (fd !== undefined) closeSync(fd);
    fd = undefined;
  };
}

function openIfThere(path: string): number | undefined {
  try {
    return openSync(path, "r");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
}
