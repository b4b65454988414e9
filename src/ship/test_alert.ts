import { randomUUID } from "node:crypto";
import { hostname } from "node:os";

import type { Config } from "../config/schema.js";
import type { SinkConfig } from "../config/sinks.js";
import { ECS_VERSION } from "../ecs/fields.js";
import { createFormatter } from "../log/format.js";
import { packageVersion } from "../version.js";
import type { Finding } from "./examine.js";
import { shipmentOf, type Shipment } from "./shipment.js";
import { streamsOf, targetOf } from "./targets.js";

/** An alert that says that it is a test, in the form that lines of the log have. */
export function testAlert({ tags, labels }: Config): Shipment {
  const id = randomUUID();
  const name = hostname();
  const document = {
    "@timestamp": new Date().toISOString(),
    ecs: { version: ECS_VERSION },
    message: `This is a test of "wallwatch check --send" on ${name}: nothing has happened.`,
    event: {
      kind: "alert",
      category: ["intrusion_detection"],
      type: ["info"],
      action: "test",
      id,
      module: "wallwatch",
      dataset: "wallwatch.alert",
      provider: "wallwatch",
      severity: 1,
    },
    rule: { id: "wallwatch-test", name: "Test alert", ruleset: "wallwatch" },
    host: { name, hostname: name },
    tags: [...tags, "wallwatch-test"],
    ...(Object.keys(labels).length === 0 ? {} : { labels }),
    agent: { type: "wallwatch", version: packageVersion(), name },
    wallwatch: { alert: { id, undecided: false, test: true } },
  };
  const shipment = shipmentOf(Buffer.from(createFormatter().format(document, "info").trimEnd()));
  if (typeof shipment === "string") throw new TypeError(shipment);
  return shipment;
}

/** Sends it as `run` sends alerts, and looks whether it is there. */
export async function sendTestAlert(config: SinkConfig, alert: Shipment, signal: AbortSignal): Promise<Finding> {
  const target = targetOf(config);
  try {
    const outcome = await target.send([alert], true, signal);
    const single = outcome.kind === "items" ? outcome.items[0] : outcome;
    if (single?.kind !== "sent") {
      return { status: "failed", detail: `the test alert was not taken: ${single?.reason ?? "no answer"}`, cure: SEE };
    }
    if (target.find === undefined) return { status: "ok", detail: `the test alert ${alert.id} was taken` };
    const found = await target.find([alert], signal);
    if (found.kind !== "found") {
      return { status: "failed", detail: `the test alert was taken, but not found again: ${found.reason}`, cure: SEE };
    }
    return found.ids.has(alert.id)
      ? { status: "ok", detail: `the test alert is in ${streamsOf(config).alert} as ${alert.id}` }
      : { status: "failed", detail: `the test alert was taken, but is not in ${streamsOf(config).alert}`, cure: SEE };
  } finally {
    target.close();
  }
}

const SEE = "docs/delivery.md tells what each answer means.";
