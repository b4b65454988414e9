import { existsSync, readFileSync } from "node:fs";

/** Pids of our children that are called as the canary is. */
export function canaries(): number[] {
  const children = readFileSync(`/proc/self/task/${process.pid}/children`, "utf8").trim().split(" ").filter(Boolean);
  return children.map(Number).filter((pid) => cmdline(pid) === "wallwatch-canary\0");
}

function cmdline(pid: number): string | undefined {
  return existsSync(`/proc/${pid}/cmdline`) ? readFileSync(`/proc/${pid}/cmdline`, "latin1") : undefined;
}

/** Resolves when the condition holds; the test's own time-out is the limit. */
export async function until<T>(condition: () => T | undefined | false): Promise<T> {
  for (;;) {
    const value = condition();
    if (value !== undefined && value !== false) return value;
    await new Promise((resolve) => setImmediate(resolve));
  }
}
