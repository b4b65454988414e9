import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { isIP } from "node:net";
import { join } from "node:path";

import { parseConfig } from "../../src/config/load.js";
import { alertDocument } from "../../src/detect/alert.js";
import { healthDocument } from "../../src/detect/health.js";
import type { Origin } from "../../src/detect/origin.js";
import { cappedDocument, exceptedDocument, exceptedMatchDocument } from "../../src/detect/summary.js";
import { toDocument } from "../../src/ecs/document.js";
import { Forgeries } from "../../src/health/forgeries.js";
import { heartbeatDocument } from "../../src/health/heartbeat.js";
import { discardedDocument, forcedOutDocument, lossDocument } from "../../src/health/losses.js";
import { refusedDocument, reloadedDocument } from "../../src/health/reload.js";
import { startedReport, stoppedReport } from "../../src/service/run_documents.js";
import { StopWitness } from "../../src/service/stop_witness.js";
import { ecsMapping } from "../../src/ship/mapping.js";
import type { SinkStatus } from "../../src/ship/sink.js";
import { testAlert } from "../../src/ship/test_alert.js";
import { ORIGIN, rule } from "../detect/support.js";
import { HOST, Story } from "../support/events.js";
import { ROOT } from "../support/programs.js";

type Json = Readonly<Record<string, unknown>>;

const origin: Origin = { ...ORIGIN, host: HOST.facts, tags: ["dmz"], labels: { site: "north" } };
const NOW = 1_900_000_000_000;

/** Type by field, as the server will have it. */
function mappedTypes(properties: Json, prefix = ""): Map<string, string> {
  return new Map(
    Object.entries(properties).flatMap(([key, value]): [string, string][] => {
      const { type, properties: below } = value as { readonly type?: string; readonly properties?: Json };
      const own: [string, string][] = type === undefined ? [] : [[`${prefix}${key}`, type]];
      return [...own, ...mappedTypes(below ?? {}, `${prefix}${key}.`)];
    }),
  );
}

const types = mappedTypes(ecsMapping(true)["properties"] as Json);

/** Every value of a document under its field. */
function values(value: unknown, name = ""): [string, unknown][] {
  if (Array.isArray(value)) return value.flatMap((item) => values(item, name));
  if (typeof value !== "object" || value === null) return [[name, value]];
  return Object.entries(value).flatMap(([key, below]) => values(below, name === "" ? key : `${name}.${key}`));
}

const FITS: Readonly<Record<string, (value: unknown) => boolean>> = {
  keyword: (value) => typeof value === "string",
  wildcard: (value) => typeof value === "string",
  text: (value) => typeof value === "string",
  ip: (value) => typeof value === "string" && isIP(value) !== 0,
  date: (value) => typeof value === "string" && /^\d{4}-\d\d-\d\dT[\d:.]+Z$/.test(value),
  long: (value) => Number.isInteger(value),
  float: (value) => typeof value === "number",
  double: (value) => typeof value === "number",
  boolean: (value) => typeof value === "boolean",
};

/** What the mapping has no type for, or another one than the value's. */
function misfits(document: unknown): string[] {
  return values(document).flatMap(([name, value]) => {
    if (name.startsWith("labels.")) return [];
    const type = types.get(name);
    return type !== undefined && FITS[type]?.(value) === true ? [] : [`${name}: ${String(value)} is no ${type}`];
  });
}

const story = new Story();
const shell = { pid: 20, start: 2n };
story.exec({ ...shell, path: "/usr/bin/bash", args: ["-bash"] });
const event = story.exec({
  pid: 30,
  start: 3n,
  creator: shell,
  path: "/usr/bin/systemctl",
  args: ["systemctl", "stop", "wallwatch"],
});
const aRule = rule({
  query: "process where true",
  threat: [
    {
      framework: "MITRE ATT&CK",
      tactic: { id: "TA0005", name: "Defense Evasion", reference: "https://example.org" },
      technique: [],
    },
  ],
});
const actor = { executable: "/usr/bin/nft", user: "0", session: "3", container: "c".repeat(64) };
const counted = { count: 7, from: NOW - 5, until: NOW, firstEventId: "e", actors: [{ actor, count: 7 }], others: 0 };
const exception = { rules: undefined, condition: "true", reason: "Maintenance", expires: NOW, log: true };
const problem = { path: "/etc/wallwatch/rules.d/a.toml", line: 3, column: 1, message: "wrong" };
const lines = { lines: 2, bytes: 900, bySubject: { "rule-1": 2 }, from: NOW - 5, until: NOW };

function inferred(): Parameters<typeof stoppedReport>[0] {
  const witness = new StopWitness();
  witness.executed(event, HOST);
  const [by] = witness.seen;
  assert.ok(by !== undefined);
  return { reason: "stop", isExpected: false, by };
}

const sink: SinkStatus = {
  name: "siem",
  type: "elasticsearch",
  sent: 5,
  deadLetters: 0,
  deadLettersLeft: 0,
  retries: 1,
  waiting: { lines: 2, bytes: 900, oldest: NOW - 5 },
  holding: undefined,
  lastError: undefined,
  lastSent: undefined,
};

const DOCUMENTS: Readonly<Record<string, () => unknown>> = {
  "an alert": () =>
    alertDocument(
      toDocument(event, HOST),
      { rule: aRule, eventId: "e", incidentId: "i", undecided: ["process.args"] },
      origin,
    ),
  "a test alert": () => JSON.parse(testAlert(parseConfig("", "wallwatch.toml")).line.toString()) as Json,
  "alerts-capped": () => cappedDocument(aRule, true, counted, origin),
  "matches-excepted": () => exceptedDocument(aRule, exception, counted, origin),
  "match-excepted": () =>
    exceptedMatchDocument(toDocument(event, HOST), { rule: aRule, exception, eventId: "e", time: NOW }, origin),
  "capture-loss": () =>
    lossDocument(
      { kind: "loss", reason: "unresolved", count: 2, from: new Date(NOW - 5), until: new Date(NOW) },
      origin,
    ),
  "forged-events": () => {
    const report = new Forgeries(NOW - 5).due(3, NOW);
    assert.ok(report !== undefined);
    return healthDocument(report, origin);
  },
  "log-loss": () => forcedOutDocument(lines, origin),
  "log-discarded": () => discardedDocument(lines, origin),
  "configuration-reloaded": () =>
    reloadedDocument(
      { live: 3, exceptions: 1, problems: [problem], warnings: [], restart: ["log.path"] },
      origin,
      NOW,
      NOW,
    ),
  "configuration-refused": () => refusedDocument("wrong", origin, NOW, NOW),
  "agent-started": () =>
    healthDocument(
      startedReport(
        {
          ending: "killed",
          detail: "signal KILL",
          isExpected: false,
          gap: { from: NOW - 90, until: NOW, isExact: false },
        },
        { run: "r", version: "1.2.3", lane: "kernel", started: NOW },
        NOW,
      ),
      origin,
    ),
  "agent-stopped": () =>
    healthDocument(stoppedReport(inferred(), "SIGTERM", { run: "r", started: NOW - 90 }, NOW), origin),
  heartbeat: () =>
    heartbeatDocument(
      {
        lane: "kernel",
        rules: 3,
        execs: 10,
        matches: 2,
        alerts: 1,
        losses: { ring_full: 1 },
        waiting: { lines: 0, bytes: 0, refused: 0 },
        sinks: [sink],
        started: NOW - 90,
      },
      origin,
      NOW,
    ),
};

describe("the mapping of what is sent", () => {
  for (const [what, make] of Object.entries(DOCUMENTS)) {
    it(`has the type of every field of ${what}`, () => {
      const document = make();
      assert.ok(values(document).length > 10);
      assert.deepEqual(misfits(document), []);
    });
  }

  for (const page of ["fields.md", "alerts.md", "health.md"]) {
    it(`has the types that docs/${page} tells`, () => {
      const told = toldTypes(readFileSync(join(ROOT, "docs", page), "utf8"));
      assert.ok(told.length > 5);
      const wrong = told.filter(([name, type]) => types.get(name) !== type);
      assert.deepEqual(wrong, []);
    });
  }
});

/** A row of such a table: fields, and types of fields. */
const TYPE = `(?:${Object.keys(FITS).join("|")})(?:\\[\\])?`;
const TOLD = new RegExp(`^\\| (\`[^|]+\`) \\| (${TYPE}(?:, ${TYPE})*) \\|`, "gm");

/** The fields of a page's tables with their types; of a list of fields one type, or one for each. */
function toldTypes(page: string): [string, string][] {
  return [...page.matchAll(TOLD)].flatMap(([, fields = "", told = ""]) => {
    const each = told.split(", ").map((type) => type.replace("[]", ""));
    let parent = "";
    return [...fields.matchAll(/`([^`]+)`/g)].flatMap(([, written = ""], index): [string, string][] => {
      const name = written.startsWith(".") ? parent + written : written;
      parent = name.slice(0, name.lastIndexOf("."));
      const type = each[Math.min(index, each.length - 1)] ?? "";
      if (name.startsWith("labels.")) return [];
      return processesOf(name).map((field) => [field, type]);
    });
  });
}

function processesOf(name: string): string[] {
  if (!name.startsWith("PROCESS.")) return [name];
  return ["process", "process.parent", "process.session_leader", "process.group_leader", "process.entry_leader"].map(
    (prefix) => prefix + name.slice("PROCESS".length),
  );
}
