import { chmod, mkdir, mkdtemp, rename, rmdir, unlink } from "node:fs/promises";
import type { Server } from "node:net";
import { dirname, join } from "node:path";

import { hasCode } from "../errno.js";

/**
 * Has a server listen at a path, for its user and its group only. A file that is there is replaced. The folder is made if it
 * is missing.
 *
 * @returns what takes the file away again
 * @throws what the system says
 */
export async function listenAtPath(server: Server, path: string): Promise<() => Promise<void>> {
  await mkdir(dirname(path), { recursive: true, mode: 0o750 });
  // Made where nobody else can reach it, and moved to its place with the rights that it is to have.
  const folder = await mkdtemp(join(dirname(path), ".socket-"));
  const own = join(folder, "s");
  try {
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(own, resolve);
    });
    await chmod(own, 0o660);
    await rename(own, path);
  } catch (error) {
    server.close();
    throw error;
  } finally {
    await unlink(own).catch(ignoreMissing);
    await rmdir(folder).catch(ignoreMissing);
  }
  return () => unlink(path).catch(ignoreMissing);
}

function ignoreMissing(error: unknown): void {
  if (!hasCode(error, "ENOENT")) throw error;
}
