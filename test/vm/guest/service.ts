import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { promisify } from "node:util";

const exec = promisify(execFile);

export const ALERT_LOG = "/var/log/wallwatch/alerts.ndjson";
export const CONFIG = "/etc/wallwatch/wallwatch.toml";

/** ms that anything is waited for: the machine may be emulated on a busy host. */
export const PATIENCE = 300_000;

/** Bytes that a command may print: its output is the journal's, or apt's. */
const MOST_OUTPUT = 16 * 2 ** 20;

/** Runs a command of the real system and waits for its end. @returns what it printed on standard output */
export async function run(command: string): Promise<string> {
  const [program = "", ...args] = command.split(" ");
  const { stdout } = await exec(program, args, {
    timeout: PATIENCE,
    maxBuffer: MOST_OUTPUT,
    env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" },
  });
  return stdout;
}

/**
 * What a command prints, also where it ends with another code than 0, as `wallwatch status` does when there is something to
 * tell, and `systemctl status` of what does not run.
 */
export function output(command: string): Promise<string> {
  const [program = "", ...args] = command.split(" ");
  return new Promise((resolve) => execFile(program, args, { timeout: PATIENCE }, (_, stdout) => resolve(stdout)));
}

/** Waits until `find` finds something. */
export async function until<Found>(
  what: string,
  find: () => Promise<Found | undefined> | Found | undefined,
  patience = PATIENCE,
): Promise<Found> {
  const deadline = Date.now() + patience;
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

/** The latest that stands in the journal of the service. */
export function journal(): Promise<string> {
  return run("journalctl --no-pager --lines 60 --unit wallwatch.service");
}

/** Waits until the journal of the service says something: what is sent there takes its time on a busy host. */
export async function journalSays(what: RegExp): Promise<void> {
  await until(`the journal to say ${what}`, async () =>
    what.test(await run("journalctl --no-pager --boot --unit wallwatch.service")) ? true : undefined,
  );
}

export interface Line {
  readonly "@timestamp": string;
  readonly event: { readonly kind: string; readonly action?: string };
  readonly process?: { readonly command_line?: string };
  readonly wallwatch?: {
    readonly alert?: { readonly id?: string };
    readonly started?: { readonly last_run?: { readonly ended?: string } };
    readonly stopped?: { readonly reason?: string };
  };
}

/** All that stands in the alert log. A line that is not JSON is an error; the last one may be half written just now. */
export function logLines(): Line[] {
  return readFileSync(ALERT_LOG, "utf8")
    .split("\n")
    .slice(0, -1)
    .map((line) => JSON.parse(line) as Line);
}

/** Waits for the health document that the service writes beyond the first `from` lines of its log. */
export function toldAfter(from: number, action: string): Promise<Line> {
  return until(action, () =>
    logLines()
      .slice(from)
      .find(({ event }) => event.action === action),
  );
}

/** The command lines of all alerts, in order. */
export function alerts(): string[] {
  return logLines()
    .filter(({ event }) => event.kind === "alert")
    .map((line) => line.process?.command_line ?? "");
}

/** Comes after what is tried, so that its alert says that all before it were written. No cap of another rule holds it back. */
export const FENCE = "nft delete table inet fence";
/** ms until it is tried again: the proc lane may miss it, and has said so then. */
const FENCE_PATIENCE = 60_000;

/** The command lines of the alerts that a command raises, whatever its exit code. */
export async function alertsOf(command: string): Promise<string[]> {
  const from = alerts().length;
  await output(command);
  const deadline = Date.now() + PATIENCE;
  while (Date.now() < deadline) {
    await run("nft add table inet fence");
    await run(FENCE);
    const raised = await fenced(from);
    if (raised !== undefined) return raised;
  }
  return assert.fail(`waited in vain for the alert after ${command}\n${await journal()}`);
}

/** What was raised until the fence; undefined where it does not come. */
async function fenced(from: number): Promise<string[] | undefined> {
  const deadline = Date.now() + FENCE_PATIENCE;
  while (Date.now() < deadline) {
    const all = alerts().slice(from);
    if (all.at(-1) === FENCE) return all.filter((line) => line !== FENCE);
    await delay(200);
  }
  return undefined;
}

/** Asserts that a command raises exactly this alert. */
export async function assertAlert(command: string): Promise<void> {
  assert.deepEqual(await alertsOf(command), [command]);
}
