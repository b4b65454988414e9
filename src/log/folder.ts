import { constants } from "node:fs";
import { mkdir, open, stat } from "node:fs/promises";
import { dirname } from "node:path";

import { hasCode } from "../errno.js";

const FOLDER_MODE = 0o750;

/** Makes the folder of a log (0750), and those above it, where they are missing. */
export async function makeFolder(path: string): Promise<void> {
  const folder = dirname(path);
  // Not mkdir's `recursive`: where the system says ENOENT for good, as below /proc, Node 20 tries again for ever.
  if (await makeOne(folder)) return;
  if (folder !== dirname(folder)) await makeFolder(folder);
  if (!(await makeOne(folder))) throw new Error(`${folder} cannot be made`);
}

/** @returns false where the folder above is missing */
async function makeOne(folder: string): Promise<boolean> {
  try {
    await mkdir(folder, FOLDER_MODE);
    return true;
  } catch (error) {
    if (hasCode(error, "EEXIST")) return true;
    // Of a read-only disk mkdir complains even where there is nothing to make.
    if (hasCode(error, "EROFS", "EACCES", "EPERM") && (await isThere(folder))) return true;
    if (hasCode(error, "ENOENT")) return false;
    throw error;
  }
}

async function isThere(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (error) {
    if (hasCode(error, "ENOENT", "EACCES")) return false;
    throw error;
  }
}

/** A new file is there after a loss of power only once its folder is on disk. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
