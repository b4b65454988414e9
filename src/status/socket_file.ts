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
    await listening(server, (done) => server.listen(own, done));
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

/**
 * Resolves when a server listens.
 *
 * @param listen begins it
 * @throws what the system says
 */
export async function listening(server: Server, listen: (done: () => void) => void): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    // Once it listens, an error is that of one accept(2), as where the system has no more descriptors. Whoever asked may ask
    // again, and what this process is there for goes on.
    server.on("error", reject);
    listen(resolve);
  });
}

function ignoreMissing(error: unknown): void {
  if (!hasCode(error, "ENOENT")) throw error;
}
