import { constants } from "node:fs";
import { access, stat, statfs } from "node:fs/promises";
import { dirname } from "node:path";

import type { Config } from "../../config/schema.js";
import { hasCode } from "../../errno.js";
import { LogLock } from "../../log/lock.js";
import { EXIT } from "../exit.js";
import { failed, ok, warning, type CheckResult } from "./result.js";

/** Bytes. With less an incident of some hundred alerts may not fit. */
const SCARCE = 16 * 2 ** 20;

const OTHER_LOG = "Set log.path to a file in a folder that this process may write.";

/** Whether the alert log could be written; nothing is made or changed. */
export async function logCheck({ path, disk }: Pick<Config["log"], "path" | "disk">): Promise<CheckResult> {
  const name = "alert log";
  const fault = await faultOf(path);
  if (fault !== undefined)
    return failed(
      name,
      fault.isPermission ? EXIT.privilege : EXIT.configuration,
      `${path}: ${fault.message}`,
      OTHER_LOG,
    );
  const { bavail, blocks, bsize } = await statfs(await existingFolder(path));
  const free = bavail * bsize;
  if (disk > blocks * bsize) {
    return warning(
      name,
      `${path}: log.disk allows ${mebibytes(disk)}, and its disk has ${mebibytes(blocks * bsize)} in all`,
      "Set log.disk to what the disk can spare: old alerts make room for new ones only beyond log.disk.",
    );
  }
  const writer = await new LogLock(path).holder();
  if (free >= SCARCE) return ok(name, writer === undefined ? path : `${path}, written by process ${writer} now`);
  return warning(
    name,
    `${path}: its disk has ${Math.floor(free / 1024)} KiB left`,
    "Make room: what the disk refuses waits in memory only.",
  );
}

function mebibytes(bytes: number): string {
  return `${Math.floor(bytes / 2 ** 20)} MiB`;
}

interface Fault {
  readonly message: string;
  readonly isPermission: boolean;
}

async function faultOf(path: string): Promise<Fault | undefined> {
  try {
    const folder = await existingFolder(path);
    await access(folder, constants.W_OK | constants.X_OK);
    const stats = await statIfThere(path);
    if (stats === undefined) return undefined;
    if (!stats.isFile()) return { message: "is not a regular file", isPermission: false };
    await access(path, constants.R_OK | constants.W_OK);
    return undefined;
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return { message: error.message, isPermission: hasCode(error, "EACCES", "EPERM") };
  }
}

/** The folder of the log, or the nearest one above that is there: `run` makes the rest. */
async function existingFolder(path: string): Promise<string> {
  let folder = dirname(path);
  while ((await statIfThere(folder)) === undefined && folder !== "/") folder = dirname(folder);
  return folder;
}

async function statIfThere(path: string): Promise<Awaited<ReturnType<typeof stat>> | undefined> {
  try {
    return await stat(path);
  } catch (error) {
    if (hasCode(error, "ENOENT")) return undefined;
    throw error;
  }
}
