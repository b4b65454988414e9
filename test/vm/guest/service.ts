import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { promisify } from "node:util";

const exec = promisify(execFile);

export const ALERT_LOG = "/var/log/wallwatch/alerts.ndjson";

/** ms that anything is waited for: the machine may be emulated on a busy host. */
export const PATIENCE = 180_000;

/** Runs a command of the real system and waits for its end. @returns what it printed on standard output */
export async function run(command: string): Promise<string> {
  const [program = "", ...args] = command.split(" ");
  const { stdout } = await exec(program, args, {
    timeout: PATIENCE,
    env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" },
  });
  return stdout;
}

/** Waits until `find` finds something. */
export async function until<Found>(
  what: string,
  find: () => Promise<Found | undefined> | Found | undefined,
): Promise<Found> {
  const deadline = Date.now() + PATIENCE;
  for (;;) {
    const found = await find();
    if (found !== undefined) return found;
    if (Date.now() > deadline) assert.fail(`waited in vain for ${what}\n${await journal()}`);
    await delay(200);
  }
}

/** A property of the service, as `systemctl show` has it. */
export async function property(name: string): Promise<string> {
  return (await run(`systemctl show --value --property ${name} wallwatch.service`)).trim();
}

/** Waits until the service is active under another pid than `before`. @returns its pid */
export function active(before = 0): Promise<number> {
  return until("an active service", async () => {
    const pid = Number(await property("MainPID"));
    return (await property("ActiveState")) === "active" && pid !== 0 && pid !== before ? pid : undefined;
  });
}

export function journal(): Promise<string> {
  return run("journalctl --no-pager --lines 40 --unit wallwatch.service");
}

export interface Line {
  readonly event: { readonly kind: string };
  readonly process?: { readonly command_line?: string };
}

/** All that stands in the alert log. A line that is not JSON is an error. */
export function logLines(): Line[] {
  const text = readFileSync(ALERT_LOG, "utf8");
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as Line);
}

/** The command lines of all alerts, in order. */
export function alerts(): string[] {
  return logLines()
    .filter(({ event }) => event.kind === "alert")
    .map((line) => line.process?.command_line ?? "");
}

/** Comes after what is tried, so that its alert says that all before it were written. No cap of another rule holds it back. */
const FENCE = "nft delete table inet fence";

/** The command lines of the alerts that a command raises. */
export async function alertsOf(command: string): Promise<string[]> {
  const from = alerts().length;
  await run(command);
  await run("nft add table inet fence");
  await run(FENCE);
  const raised = await until(`the alert after ${command}`, () => {
    const all = alerts().slice(from);
    return all.at(-1) === FENCE ? all : undefined;
  });
  return raised.slice(0, -1);
}
