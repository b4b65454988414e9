import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";

import { CommandError } from "../../src/cli/exit.js";
import { replay } from "../../src/cli/replay.js";
import { Detector, type Detection } from "../../src/detect/detector.js";
import { liveView } from "../../src/detect/live.js";
import { liveTarget } from "../../src/detect/live_target.js";
import { toDocument } from "../../src/ecs/document.js";
import type { ExecEvent } from "../../src/process/event.js";
import type { JsonDocument } from "../../src/rules/document.js";
import { loadRules } from "../../src/rules/load.js";
import { SHIPPED_RULES } from "../../src/rules/shipped.js";
import { field } from "../support/agent.js";
import { HOST, Story } from "../support/events.js";
import type { ExecInput, RefInput } from "../support/records.js";
import { recordedStdio, type StdioOptions } from "../support/stdio.js";

const SECOND = 1_000_000_000n;
/** "Attempt to Disable IPTables or Firewall". */
const RULE_111 = "83e9c2b3-24ef-4c1d-a8cd-5ebafb5dfa2f";

interface Result {
  readonly code: number;
  readonly alerts: readonly JsonDocument[];
  readonly err: string;
}

async function run(args: readonly string[], options: StdioOptions = {}): Promise<Result> {
  const stdio = recordedStdio(options);
  const code = await replay(args, stdio);
  const lines = stdio.out().split("\n").slice(0, -1);
  return { code, alerts: lines.map((line) => JSON.parse(line) as JsonDocument), err: stdio.err() };
}

const ndjson = (documents: readonly object[]): string => documents.map((each) => `${JSON.stringify(each)}\n`).join("");

/** Two take the firewall down with ufw, one floods as another user, and one pads what cannot be decided then. */
function history(): ExecEvent[] {
  const story = new Story();
  const events: ExecEvent[] = [];
  let pid = 1000;
  let time = 100n * SECOND;
  const exec = (creator: RefInput, path: string, args: readonly string[], more: ExecInput = {}): RefInput => {
    time += SECOND / 100n;
    const self = { pid: ++pid, start: time, execKey: BigInt(pid) };
    const { name, ...rest } = { name: path.slice(path.lastIndexOf("/") + 1), ...more };
    const times = { timestamp: time, forkTime: time };
    events.push(story.exec({ ...self, ...times, creator, path, args: [name, ...args], ...rest }));
    return self;
  };
  for (const who of [{ auditSession: 7 }, { auditSession: 8 }]) {
    const shell = exec({ pid: 1, start: 1n }, "/bin/bash", [], who);
    const ufw = exec(shell, "/usr/sbin/ufw", ["disable"], who);
    const stop = exec(ufw, "/lib/ufw/ufw-init", ["force-stop"], who);
    for (const chain of ["a", "b", "c"]) exec(stop, "/usr/sbin/iptables", ["-F", chain], who);
    exec(shell, "/usr/sbin/iptables", ["-F"], who);
    time += 60n * SECOND;
  }
  const flooder = exec({ pid: 1, start: 1n }, "/bin/sh", [], { euid: 1000, uid: 1000 });
  for (let count = 0; count < 130; count++) exec(flooder, "/tmp/ufw", ["disable"], { euid: 1000, uid: 1000 });
  exec({ pid: 1, start: 1n }, "/usr/sbin/iptables", ["-F"]);
  exec(flooder, "/usr/bin/systemctl", ["--no-pager"], { flags: ["argsCut"], argsSize: 1_000_000 });
  time += 600n * SECOND;
  exec({ pid: 1, start: 1n }, "/usr/sbin/iptables", ["-X"]);
  return events;
}

describe("wallwatch replay", () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "wallwatch-"));
  });
  after(() => rm(folder, { recursive: true }));

  const inFolder = async (name: string, content: string | Buffer): Promise<string> => {
    await writeFile(join(folder, name), content);
    return join(folder, name);
  };

  describe("of what wallwatch recorded", () => {
    /** What is the same whoever judges the event. */
    const gist = (alert: JsonDocument): unknown => {
      const names = ["wallwatch.alert.id", "event.id", "wallwatch.incident.id", "rule.id", "message", "event.action"];
      return [...names, "event.outcome", "wallwatch.capped.count"].map((name) => field(alert, name));
    };

    it("gives the same alerts, ids, incidents and summaries as live", async () => {
      const rules = await loadRules([SHIPPED_RULES], liveTarget(HOST));
      const agent = { version: "1", id: "agent", ephemeralId: "x" };
      const origin = { agent, host: HOST.facts, tags: [], labels: {} };
      const detector = new Detector(rules, liveView(HOST), { origin });
      const documents: object[] = [];
      const live: Detection[] = [];
      for (const event of history()) {
        live.push(...detector.evaluate(event));
        documents.push(toDocument(event, HOST));
      }
      live.push(...detector.flush());
      const expected = live.flatMap((detection) =>
        detection.kind === "capped" || detection.document === undefined ? [] : [gist(detection.document)],
      );

      const { code, alerts, err } = await run([], { stdin: ndjson(documents) });
      assert.deepEqual([code, err], [0, ""]);
      assert.deepEqual(alerts.map(gist), expected);

      assert.ok(live.some(({ kind }) => kind === "capped"));
      assert.ok(live.some(({ kind }) => kind === "summary"));
      assert.ok(alerts.some((alert) => field(alert, "event.outcome") === "unknown"));
      const incidents = alerts.slice(0, 10).map((alert) => field(alert, "wallwatch.incident.id"));
      assert.equal(new Set(incidents).size, 2, "each of the two is one incident");
    });

    it("gives them for the alert log's own lines, too", async () => {
      const documents = history().map((event) => toDocument(event, HOST));
      const first = await run([], { stdin: ndjson(documents.slice(0, 10)) });
      const again = await run([], { stdin: ndjson(first.alerts) });
      assert.ok(first.alerts.length > 0);
      assert.deepEqual(again.alerts, first.alerts);
    });
  });

  describe("of what others recorded", () => {
    const host = { os: { type: "linux" } };
    it("keeps together what Elastic Defend says has a common creator", async () => {
      const exec = (entity: string, parent: string, ...ancestry: string[]): object => ({
        "@timestamp": 1714557600000,
        host,
        event: { category: ["process"], type: ["start"], action: "exec", id: `id-${entity}` },
        process: {
          name: "ufw",
          args: ["ufw", "disable"],
          entity_id: entity,
          parent: { entity_id: parent },
          Ext: { ancestry: [parent, ...ancestry] },
        },
      });
      const events = [exec("b", "a"), exec("d", "c", "b", "a"), exec("e", "a"), exec("g", "f", "x")];
      const { alerts } = await run([], { stdin: ndjson(events) });
      const incidents = alerts.map((alert) => field(alert, "wallwatch.incident.id"));
      assert.deepEqual(incidents, ["a", "a", "a", "f"]);
    });

    it("takes a search's answer, an array, and gzip, of several files", async () => {
      const events = ["one", "two"].map((id) => ({
        "@timestamp": "2024-05-01T10:00:00Z",
        host,
        event: { category: "process", type: "start", action: "exec", id },
        process: { name: "ufw", args: ["ufw", "disable"] },
      }));
      const answer = { took: 1, hits: { hits: events.map((event) => ({ _index: "x", _source: event })) } };
      const files = [
        await inFolder("answer.json", JSON.stringify(answer, null, 1)),
        await inFolder("array.json", JSON.stringify(events)),
        await inFolder("packed.gz", gzipSync(ndjson(events))),
      ];
      const { code, alerts } = await run([...files, "-"], { stdin: ndjson(events) });
      assert.equal(code, 0);
      const ids = alerts.map((alert) => field(alert, "event.id"));
      assert.deepEqual(ids, ["one", "two", "one", "two", "one", "two", "one", "two"]);
      const alertIds = new Set(alerts.map((alert) => field(alert, "wallwatch.alert.id")));
      assert.equal(alertIds.size, 2, "an event that comes again gives the same alert");
    });
  });

  describe("with rules of one's own", () => {
    const toml = (id: string, query: string): string =>
      `[rule]\nrule_id = "${id}"\nname = "${id}"\ndescription = "d"\nseverity = "high"\nrisk_score = 73
type = "eql"\nquery = '''${query}'''\n`;
    const ufw = { host: { os: { type: "linux" } }, process: { name: "ufw", args: ["ufw", "disable"] } };
    const started = { ...ufw, event: { category: "process", type: "start", action: "exec" } };
    const written = { event: { category: "file" }, file: { path: "/etc/shadow" } };
    const ids = ({ alerts }: Result): unknown[] => alerts.map((alert) => field(alert, "rule.id"));

    it("takes them in place of the shipped ones, those for recorded events only among them", async () => {
      const files = [
        await inFolder("a.toml", toml("file-rule", 'file where file.path == "/etc/shadow"')),
        await inFolder("b.toml", toml("true-rule", "process where true")),
      ];
      const rules = files.flatMap((file) => ["--rules", file]);
      const result = await run(rules, { stdin: ndjson([started, written]) });
      assert.deepEqual([result.code, result.err, ids(result)], [0, "", ["true-rule", "file-rule"]]);
      assert.deepEqual(ids(await run([], { stdin: ndjson([started, written]) })), [RULE_111]);
    });

    it("names a rule file that is broken and runs the others", async () => {
      const good = await inFolder("a.toml", toml("file-rule", 'file where file.path == "/etc/shadow"'));
      const bad = await inFolder("bad.toml", toml("bad", "file where ="));
      const result = await run(["--rules", bad, "--rules", good], { stdin: ndjson([written]) });
      assert.deepEqual([result.code, ids(result)], [1, ["file-rule"]]);
      assert.match(result.err, /^wallwatch: .*bad\.toml:8:\d+: /);
    });

    it("says that some can't be evaluated, and refuses to go on with none", async () => {
      const sequence = await inFolder("sequence.toml", toml("s", "sequence [any where true] [any where true]"));
      const good = await inFolder("a.toml", toml("file-rule", 'file where file.path == "/etc/shadow"'));
      const { code, err } = await run(["--rules", sequence, "--rules", good]);
      assert.deepEqual([code, err.startsWith("wallwatch: 1 of 2 rules can't be evaluated;")], [0, true]);
      await assert.rejects(
        run(["--rules", sequence]),
        (error) => error instanceof CommandError && error.exitCode === 78,
      );
    });
  });

  describe("with a configuration", () => {
    const config = (toml: string): Promise<string> => inFolder("wallwatch.toml", toml);
    const actions = ({ alerts }: Result): unknown[] => alerts.map((alert) => field(alert, "event.action"));
    const events = (): string =>
      ndjson(
        history()
          .slice(0, 7)
          .map((event) => toDocument(event, HOST)),
      );

    it("judges as run would: its rules, exceptions, cap, tags and labels", async () => {
      const path = await config(`tags = ["t"]
labels.site = "s"
cap.alerts = 2
rules.paths = []
[[exceptions]]
reason = "r"
rules = ["Attempt to Disable IPTables or Firewall"]
condition = 'process.name == "ufw" and labels.site == "s"'
log = true
`);
      const result = await run(["--config", path], { stdin: events() });
      assert.deepEqual([result.code, result.err], [0, ""]);
      assert.deepEqual(actions(result), ["match-excepted", "exec", "exec", "alerts-capped", "matches-excepted"]);
      const [excepted = {}, alert = {}] = result.alerts;
      assert.equal(field(excepted, "process.name"), "ufw");
      assert.deepEqual([field(alert, "tags"), field(alert, "labels.site")].flat(), ["t", "s"]);
      assert.equal(field(alert, "host.name"), HOST.facts.name, "the event's own");
    });

    it("takes the rules of the command line before those of the configuration", async () => {
      const path = await config("rules.shipped = false\nrules.paths = []\n");
      await assert.rejects(run(["--config", path]), /There is no rule to judge by/);
      const { alerts } = await run(["--config", path, "--rules", SHIPPED_RULES], { stdin: events() });
      assert.ok(alerts.length > 0);
    });

    it("refuses one that is wrong", async () => {
      const path = await config('[[exceptions]]\nreason = "r"\ncondition = "x"\n');
      await assert.rejects(
        run(["--config", path]),
        (error) => error instanceof CommandError && error.exitCode === 78 && /unknown field `x`/.test(error.message),
      );
    });
  });

  it("names what is no event with its line, goes on, and exits with 1", async () => {
    const [first, second] = history().flatMap((event) =>
      event.process.name === "ufw" ? [JSON.stringify(toDocument(event, HOST))] : [],
    );
    const { code, alerts, err } = await run([], { stdin: `${first}\n{"process":\n\n[1]\n${second}\n` });
    assert.deepEqual([code, alerts.length], [1, 2]);
    assert.match(err, /^wallwatch: standard input:2: not JSON: .*\nwallwatch: standard input:4: not an event: .*\n$/);
    const missing = await run([join(folder, "none"), await inFolder("one.ndjson", `${first}\n`)]);
    assert.deepEqual([missing.code, missing.alerts.length], [1, 1]);
    assert.match(missing.err, /none: ENOENT/);
  });

  it("judges events whose time no clock can have, and events nested without end", async () => {
    const flush = {
      event: { category: "process", type: "start", action: "exec" },
      host: { os: { type: "linux" } },
      process: { name: "ufw", args: ["ufw", "disable"] },
    };
    const late = Array.from({ length: 102 }, (_, index) => ({
      ...flush,
      "@timestamp": "99999999999999999999",
      "event.id": `late-${index}`,
    }));
    const deep = ndjson([{ ...flush, deep: 0 }]).replace(
      `"deep":0`,
      `"deep":${"[".repeat(50_000)}${"]".repeat(50_000)}`,
    );
    const { code, alerts, err } = await run([], { stdin: deep + ndjson(late) });
    assert.deepEqual([code, err], [0, ""]);
    const kinds = alerts
      .filter((alert) => field(alert, "rule.id") === RULE_111)
      .map((alert) => `${String(field(alert, "event.kind"))} of ${String(field(alert, "@timestamp")).slice(0, 4)}`);
    assert.deepEqual(kinds, ["alert of unde", ...Array<string>(99).fill("alert of 9999"), "event of 1970"]);
  });

  it("refuses options that it does not know", async () => {
    await assert.rejects(run(["--rule", "x"]), (error) => error instanceof CommandError && error.exitCode === 64);
  });
});
