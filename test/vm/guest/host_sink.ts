import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { text } from "node:stream/consumers";

import { ALERT_LOG, CONFIG, logLines, until } from "./service.js";

/** The sink on the host (test/vm/host_sink.ts), as run.ts has it forwarded. */
const SINK = process.env["HOST_SINK"] ?? "";
const NAME = "host";
const CURSOR = `/var/lib/wallwatch/cursors/${NAME}.json`;
const DROP_IN = "/etc/systemd/system/wallwatch.service.d/network.conf";

/** Adds it to the configuration. */
export function configureSink(): void {
  assert.notEqual(SINK, "", "HOST_SINK is not set");
  writeFileSync(CONFIG, `${readFileSync(CONFIG, "utf8")}\n[sinks.${NAME}]\ntype = "http"\nurl = "${SINK}"\n`);
}

/** Lets the service reach it, and nothing else, from its next start on. */
export function allowSink(): void {
  mkdirSync(DROP_IN.slice(0, DROP_IN.lastIndexOf("/")), { recursive: true });
  writeFileSync(DROP_IN, `[Service]\nIPAddressAllow=${new URL(SINK).hostname}\n`);
}

/** Tells it to take nothing, or to take documents again. */
export async function sink(how: "away" | "back"): Promise<void> {
  await ask("PUT", how);
}

/** Waits until all that stands in the log has been delivered, and the service will know that in its next run. */
export async function delivered(): Promise<void> {
  if (!existsSync(CURSOR)) return;
  await until("the sink to have all of the log", () => {
    const { offset } = JSON.parse(readFileSync(CURSOR, "utf8")) as { readonly offset: number };
    return offset === statSync(ALERT_LOG).size ? offset : undefined;
  });
}

/** Each alert of the log has arrived at the host, and none of them twice. @returns how many there are */
export async function assertAllArrivedOnce(): Promise<number> {
  await delivered();
  const arrived = JSON.parse(await ask("GET", "alerts")) as Readonly<Record<string, number>>;
  const logged = logLines()
    .filter(({ event }) => event.kind === "alert")
    .map(({ wallwatch }) => [wallwatch?.alert?.id, 1]);
  assert.ok(logged.length > 0);
  assert.deepEqual(arrived, Object.fromEntries(logged));
  return logged.length;
}

function ask(method: string, path: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const sent = request(new URL(path, SINK), { method, agent: false }, (response) => {
      text(response).then(resolve, reject);
    });
    sent.on("error", reject).end();
  });
}
