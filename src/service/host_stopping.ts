import { execFile } from "node:child_process";
import { existsSync } from "node:fs";

/** ms. */
const PATIENCE = 1500;

/** Whether systemd is taking the host down; undefined where it is not there, or can no longer be asked. */
export async function isHostStopping(): Promise<boolean | undefined> {
  // sd_booted(3)
  if (!existsSync("/run/systemd/system")) return undefined;
  return await new Promise((resolve) => {
    const options = { timeout: PATIENCE, env: { PATH: "/usr/bin:/bin" } };
    execFile("systemctl", ["is-system-running"], options, (_, stdout) => {
      // Its exit code is not 0 for most answers that are one.
      const answer = stdout.trim();
      resolve(answer === "" || answer === "offline" || answer === "unknown" ? undefined : answer === "stopping");
    });
  });
}
