import { randomUUID } from "node:crypto";
import { readdir, readlink, symlink, unlink } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";

import { hasCode } from "../errno.js";
import { isAlive } from "./process_name.js";

/** ms between two looks at who else wants a turn. */
const LOOK_EVERY = 10;

/** A process that has its turn did not end it in time. */
export class NoTurnError extends Error {
  override readonly name = "NoTurnError";

  /** @param other the name of that process: see process_name.ts */
  constructor(readonly other: string) {
    super(`${other} has its turn and does not end it`);
  }
}

/**
 * Waits until no other process has its turn at a link. Whoever wants one makes a link of its own beside that one, under a name
 * that is used once, and only then looks for others: of two, the later sees the earlier. Of those that see each other, the first
 * by name stays. What a process left that is gone may be removed by anybody, for no other will ever have that name.
 *
 * @param self the name of this process: see process_name.ts
 * @param patience ms
 * @returns what ends the turn
 * @throws {NoTurnError}
 * @throws what the system says
 */
export async function takeTurn(link: string, self: string, patience: number): Promise<() => Promise<void>> {
  const end = performance.now() + patience;
  const own = `${turnsAt(link)}${randomUUID()}`;
  try {
    for (let isMade = false; ;) {
      const others = await othersAt(link, own);
      // Whoever is not makes room, and comes back when those before it are done.
      const isFirst = [...others.keys()].every((path) => path > own);
      const [other] = others.values();
      // Whoever comes now finds the link.
      if (isMade && other === undefined) return () => remove(own);
      if (performance.now() > end && other !== undefined) throw new NoTurnError(other);
      if (isFirst && !isMade) await symlink(self, own);
      else if (isMade && !isFirst) await remove(own);
      else await delay(LOOK_EVERY);
      isMade = isFirst;
    }
  } catch (error) {
    await remove(own);
    throw error;
  }
}

/** How the paths of such links begin. */
function turnsAt(link: string): string {
  return `${join(dirname(link), basename(link))}.turn-`;
}

/** The links of other processes that are there, and those processes. */
async function othersAt(link: string, own: string): Promise<ReadonlyMap<string, string>> {
  const others = new Map<string, string>();
  const folder = dirname(link);
  for (const name of await readdir(folder)) {
    const path = join(folder, name);
    if (!path.startsWith(turnsAt(link)) || path === own) continue;
    const process = await targetOf(path);
    if (process === undefined) continue;
    if (await isAlive(process)) others.set(path, process);
    else await remove(path);
  }
  return others;
}

/** @returns undefined where there is no such link, or no link */
async function targetOf(path: string): Promise<string | undefined> {
  try {
    return await readlink(path);
  } catch (error) {
    if (hasCode(error, "ENOENT", "EINVAL")) return undefined;
    throw error;
  }
}

async function remove(path: string): Promise<void> {
  try {
    await unlink(path);
  } catch (error) {
    if (!hasCode(error, "ENOENT")) throw error;
  }
}
