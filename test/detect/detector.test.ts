import assert from "node:assert/strict";

import { alertId } from "../../src/detect/alert.js";
import { liveView } from "../../src/detect/live.js";
import { recordedView } from "../../src/detect/recorded.js";
import { toDocument } from "../../src/ecs/document.js";
import { liveFields } from "../../src/ecs/fields.js";
import { documentResolver, type JsonDocument } from "../../src/rules/document.js";
import { alerts, at, detector, FakeHost, ORIGIN, rule, ruleSet } from "./support.js";

const IPTABLES = rule({ query: 'process where process.name == "iptables" and process.args == "-F"' });
const SECOND = 1_000_000_000n;

function exec(id: string, fields: JsonDocument = {}): JsonDocument {
  return {
    "@timestamp": "2026-01-02T03:04:05.678Z",
    event: { id, category: ["process"], type: ["start"] },
    process: { name: "iptables", args: ["iptables", "-F"], executable: "/sbin/iptables" },
    user: { id: "0", name: "root" },
    ...fields,
  };
}

function recorded(...rules: Parameters<typeof rule>[0][]) {
  return detector(ruleSet(documentResolver, ...(rules.length === 0 ? [IPTABLES] : rules.map(rule))), recordedView);
}

describe("the detector", () => {
  it("makes an alert of a match, and nothing of what does not match", () => {
    const detect = recorded();
    assert.equal(detect.evaluate(exec("1", { process: { name: "iptables", args: ["iptables", "-L"] } })).length, 0);
    assert.equal(detect.evaluate(exec("2", { process: { name: "ls", args: ["-F"] } })).length, 0);
    const [alert] = alerts(detect.evaluate(exec("3")));
    assert.equal(at(alert?.document, "wallwatch.alert.id"), alertId("rule-1", "3"));
  });

  it("gives the same exec the same id, and each rule its own", () => {
    const detect = recorded({ ...IPTABLES, id: "one" }, { ...IPTABLES, id: "two" });
    const ids = [...detect.evaluate(exec("1")), ...recorded({ ...IPTABLES, id: "one" }).evaluate(exec("1"))].map(
      (detection) => at(detection.kind === "alert" ? detection.document : undefined, "wallwatch.alert.id"),
    );
    assert.equal(ids.length, 3);
    assert.equal(ids[0], ids[2]);
    assert.notEqual(ids[0], ids[1]);
    assert.match(String(ids[0]), /^[0-9a-f]{40}$/);
  });

  it("gives a cap's summary when the window is over, and another at the end", () => {
    const detect = recorded({ ...IPTABLES, maxSignals: 2 });
    const at5 = (minutes: number, id: string) => exec(id, { "@timestamp": new Date(minutes * 60_000).toISOString() });
    const kinds = (detections: readonly { kind: string }[]): string[] => detections.map(({ kind }) => kind);
    assert.deepEqual(kinds([1, 2, 3, 4].flatMap((id) => detect.evaluate(at5(1, String(id))))), [
      "alert",
      "alert",
      "capped",
      "capped",
    ]);
    assert.deepEqual(detect.tick(6 * 60_000), [], "events of the window may still be on their way");
    const [summary, ...rest] = detect.evaluate(at5(6, "5"));
    assert.deepEqual(kinds(rest), ["alert"]);
    assert.ok(summary?.kind === "summary");
    assert.equal(at(summary.document, "event.kind"), "event");
    assert.equal(at(summary.document, "event.dataset"), "wallwatch.health");
    assert.equal(at(summary.document, "event.action"), "alerts-capped");
    assert.equal(at(summary.document, "rule.id"), "rule-1");
    assert.deepEqual(at(summary.document, "wallwatch.capped"), {
      count: 2,
      undecided: false,
      first_event_id: "3",
      actors: [{ executable: "/sbin/iptables", user: "0", count: 2 }],
      other_actors_count: 0,
    });
    for (const id of ["6", "7"]) detect.evaluate(at5(6, id));
    assert.deepEqual(kinds(detect.flush()), ["summary"]);
    assert.deepEqual(detect.flush(), []);
  });

  it("tells a summary without a further event once the time has come", () => {
    const detect = recorded({ ...IPTABLES, maxSignals: 1 });
    for (const id of ["1", "2"]) detect.evaluate(exec(id, { "@timestamp": 0 }));
    assert.deepEqual(detect.tick(5 * 60_000), []);
    assert.equal(detect.tick(5 * 60_000 + 5000).length, 1);
  });

  it("takes another number of alerts for all rules where the configuration has one", () => {
    const detect = detector(ruleSet(documentResolver, IPTABLES), recordedView, { maxAlerts: 1 });
    const kinds = ["1", "2"].flatMap((id) => detect.evaluate(exec(id))).map(({ kind }) => kind);
    assert.deepEqual(kinds, ["alert", "capped"]);
  });

  it("never lets a flood of one user hide what another does", () => {
    const detect = recorded();
    const stand = { name: "iptables", args: ["iptables", "-F"], executable: "/home/mallory/iptables" };
    for (let i = 0; i < 500; i++) detect.evaluate(exec(`flood ${i}`, { process: stand, user: { id: "1000" } }));
    const [alert] = alerts(detect.evaluate(exec("real")));
    assert.equal(at(alert?.document, "event.id"), "real");
  });
});

describe("an exec whose arguments are not all known", () => {
  const cut = { wallwatch: { capture: { lane: "kernel", args_whole: false } } };
  const padded = exec("1", { process: { name: "iptables", args: ["iptables", "xxx"] }, ...cut });

  it("is undecided for a rule that asks for its name and its arguments, and does not match what is known", () => {
    const [alert, ...others] = alerts(recorded().evaluate(padded));
    assert.deepEqual(others, []);
    assert.equal(at(alert?.document, "wallwatch.alert.undecided"), true);
    assert.deepEqual(at(alert?.document, "wallwatch.alert.undecided_fields"), ["process.args"]);
    assert.equal(at(alert?.document, "event.outcome"), "unknown");
    assert.match(String(at(alert?.document, "message")), /whether that is "A rule" could not be decided/);
  });

  it("is an alert as any other where what is known matches", () => {
    const [alert] = alerts(recorded().evaluate(exec("1", cut)));
    assert.equal(at(alert?.document, "wallwatch.alert.undecided"), false);
    assert.equal(at(alert?.document, "event.outcome"), undefined);
  });

  it("is decided for a rule that does not read them", () => {
    const byCount = { ...IPTABLES, query: 'process where process.name == "iptables" and process.args_count == 9' };
    assert.deepEqual(recorded(byCount).evaluate(padded), []);
  });

  it("is decided for a rule that matches whatever they are, or that something else rules out", () => {
    const queries = [
      'process.name == "iptables" and (process.args == "-F" or user.name == "root")',
      'process.name == "iptables" and process.args == "-F" and user.id == "1000"',
      'process.name == "iptables" and not (process.args == "-L" or user.id == "0")',
    ];
    const rules = queries.map((query, index) => ({ ...IPTABLES, id: `${index}`, query: `process where ${query}` }));
    const decided = alerts(recorded(...rules).evaluate(padded)).map(({ rule: { id }, document }) => [
      id,
      at(document, "wallwatch.alert.undecided"),
    ]);
    assert.deepEqual(decided, [["0", false]]);
  });

  it("is undecided for each of so many rules that they are told apart by what events have", () => {
    const rules = Array.from({ length: 9 }, (_, index) => ({
      ...IPTABLES,
      id: `${index}`,
      query: `process where process.name == "iptables" and process.args == "-${index}"`,
    }));
    const ids = alerts(recorded(...rules).evaluate(padded)).map(({ rule: { id } }) => id);
    assert.deepEqual(ids, Object.keys(rules));
  });

  it("is no news for a rule about any program, nor for one about others", () => {
    const any = { ...IPTABLES, query: 'process where process.args == "-F"' };
    const other = { ...IPTABLES, query: 'process where process.name == "ufw" and process.args == "disable"' };
    assert.deepEqual(recorded(any, other).evaluate(padded), []);
  });

  it("is undecided by its parent's arguments as well", () => {
    const below = {
      ...IPTABLES,
      query: 'process where process.name == "iptables" and process.parent.args == "force-stop"',
    };
    const event = exec("1", { wallwatch: { capture: { lane: "kernel", args_whole: true, parent_args_whole: false } } });
    const [alert] = alerts(recorded(below).evaluate(event));
    assert.deepEqual(at(alert?.document, "wallwatch.alert.undecided_fields"), ["process.parent.args"]);
  });

  it("is undecided by an environment that was not looked at whole, and not by one that nobody may look at", () => {
    const injected = {
      ...IPTABLES,
      query: 'process where process.name == "iptables" and process.env_vars : "LD_PRELOAD=*"',
    };
    const capture = { lane: "kernel", args_whole: true, env_vars_whole: false };
    const long = exec("1", { wallwatch: { capture, process: { path: "/sbin/iptables" } } });
    const [alert] = alerts(recorded(injected).evaluate(long));
    assert.deepEqual(at(alert?.document, "wallwatch.alert.undecided_fields"), ["process.env_vars"]);
    const closed = exec("2", { wallwatch: { capture: { ...capture, lane: "proc" } } });
    assert.deepEqual(recorded(injected).evaluate(closed), []);
  });

  it("has a cap of its own: a flood of them does not use up the alerts of what can be decided", () => {
    const detect = recorded({ ...IPTABLES, maxSignals: 3 });
    const padding = { name: "iptables", args: ["iptables", "xxx"], executable: "/sbin/iptables" };
    for (let i = 0; i < 50; i++) detect.evaluate(exec(`padded ${i}`, { process: padding, ...cut }));
    const decided = ["a", "b", "c", "d"].flatMap((id) => detect.evaluate(exec(id))).map(({ kind }) => kind);
    assert.deepEqual(decided, ["alert", "alert", "alert", "capped"]);
  });
});

describe("what was recorded", () => {
  const host = new FakeHost();
  const shell = { pid: 10, start: 10n * SECOND, execKey: 0x10n };
  const ufw = { pid: 20, start: 20n * SECOND, execKey: 0x20n };
  const init = { pid: 30, start: 30n * SECOND, execKey: 0x30n };
  const rules = [
    rule({ id: "ufw", query: 'process where process.name == "ufw" and process.args == "disable"', maxSignals: 50 }),
    rule({
      id: "below",
      query: 'process where process.name == "iptables" and process.parent.args == "force-stop"',
      maxSignals: 5,
    }),
  ];

  /** A shell that runs `ufw disable`, which runs `ufw-init force-stop`, which runs iptables twenty times. */
  function happens() {
    const creator = (of: typeof shell, at: bigint) => ({ creator: of, forkTime: at * SECOND });
    const events = [
      host.exec({
        ...shell,
        path: "/bin/bash",
        args: ["-bash"],
        timestamp: 11n * SECOND,
        loginUid: 0,
        auditSession: 7,
      }),
      host.exec({
        ...ufw,
        ...creator(shell, 20n),
        path: "/usr/sbin/ufw",
        args: ["/usr/bin/python3", "/usr/sbin/ufw", "disable"],
        timestamp: 21n * SECOND,
        auditSession: 7,
      }),
      host.exec({
        ...init,
        ...creator(ufw, 30n),
        path: "/lib/ufw/ufw-init",
        args: ["ufw-init", "force-stop"],
        timestamp: 31n * SECOND,
        auditSession: 7,
      }),
    ];
    for (let i = 0n; i < 20n; i++) {
      const self = { pid: 40 + Number(i), start: (40n + i) * SECOND, execKey: 0x40n + i };
      const flags = i === 3n ? (["argsCut"] as const) : [];
      events.push(
        host.exec({
          ...self,
          ...creator(init, 40n + i),
          path: "/usr/sbin/iptables",
          args: ["iptables", "-D", String(i)],
          timestamp: (40n + i) * SECOND,
          auditSession: 7,
          flags,
        }),
      );
    }
    return events;
  }

  it("gives the same alerts, ids, incidents and summaries as it did live", () => {
    const { context } = host;
    const live = detector(ruleSet(liveFields(context), ...rules), liveView(context));
    const replay = detector(ruleSet(documentResolver, ...rules), recordedView);
    const fromLive: unknown[] = [];
    const fromReplay: unknown[] = [];
    for (const event of happens()) {
      fromLive.push(...live.evaluate(event));
      const line = JSON.stringify(toDocument(event, context));
      fromReplay.push(...replay.evaluate(JSON.parse(line) as JsonDocument));
    }
    fromLive.push(...live.flush());
    fromReplay.push(...replay.flush());
    assert.equal(fromLive.length, 1 + 20 + 1);
    assert.deepEqual(JSON.parse(JSON.stringify(fromReplay)), JSON.parse(JSON.stringify(fromLive)));
    const incidents = new Set(fromLive.slice(0, -1).map((detection) => at(detection, "incidentId")));
    assert.equal(incidents.size, 1, "one ufw disable is one incident");
  });

  it("is understood in the words of Elastic Defend, nested or dotted", () => {
    const detect = recorded();
    const parent = { "process.parent.entity_id": "shell", "process.Ext.ancestry": ["shell", "sshd"] };
    const first = exec("a", { "process.entity_id": "p1", ...parent });
    const below = exec("b", {
      "process.entity_id": "p2",
      "process.parent.entity_id": "sh",
      "process.Ext.ancestry": ["sh", "p1", "shell"],
    });
    const ids = [first, below].flatMap((event) => alerts(detect.evaluate(event))).map(({ incidentId }) => incidentId);
    assert.deepEqual(ids, ["shell", "shell"]);
    const [alert] = alerts(recorded().evaluate(first));
    assert.equal(at(alert?.document, "process.entity_id"), "p1", "dotted keys are nested");
    assert.equal(at(alert?.document, "process.name"), "iptables", "beside what is there");
  });

  it("has an id of its own where it was given none", () => {
    const event = exec("x", { event: { category: "process", type: "start" } });
    const ids = [event, event, { ...event, "@timestamp": 1 }].map((each) => {
      const [alert] = alerts(recorded().evaluate(each));
      return at(alert?.document, "event.id");
    });
    assert.equal(ids[0], ids[1]);
    assert.notEqual(ids[0], ids[2]);
  });
});

describe("an alert of a live exec", () => {
  const host = new FakeHost();
  const threat = [
    {
      framework: "MITRE ATT&CK",
      tactic: { id: "TA0005", name: "Defense Evasion", reference: "https://attack.mitre.org/tactics/TA0005/" },
      technique: [
        {
          id: "T1562",
          name: "Impair Defenses",
          reference: "https://attack.mitre.org/techniques/T1562/",
          subtechnique: [{ id: "T1562.001", name: "Disable or Modify Tools" }],
        },
      ],
    },
  ];
  const rules = ruleSet(liveFields(host.context), { ...IPTABLES, threat, severity: "medium", riskScore: 47 });
  const origin = { ...ORIGIN, host: host.context.facts, tags: ["dmz"], labels: { site: "one" } };
  const detect = detector(rules, liveView(host.context), { origin });
  const shell = { pid: 10, start: 10n * SECOND, execKey: 0x10n };
  host.exec({ ...shell, path: "/bin/sh", args: ["sh", "-c", "a b"], timestamp: 11n * SECOND });
  const event = host.exec({
    pid: 20,
    start: 20n * SECOND,
    creator: shell,
    forkTime: 20n * SECOND,
    timestamp: 21n * SECOND,
    path: "/sbin/iptables",
    args: ["iptables", "-F"],
  });
  const [alert] = alerts(detect.evaluate(event));
  const document = alert?.document;

  it("has all of the exec's document but what is said otherwise", () => {
    const own = toDocument(event, host.context);
    for (const section of ["@timestamp", "ecs", "host", "process", "user", "group"])
      assert.deepEqual(at(document, section), own[section], section);
    assert.equal(at(document, "wallwatch.capture.lane"), "kernel");
    assert.equal(at(document, "wallwatch.ancestors.0.name"), "sh");
  });

  it("says what kind of event it is, and how severe", () => {
    const { created, ...rest } = at(document, "event") as Record<string, unknown>;
    assert.equal(typeof created, "string");
    assert.deepEqual(rest, {
      kind: "alert",
      category: ["process", "intrusion_detection"],
      type: ["start", "info"],
      action: "exec",
      id: event.id,
      module: "wallwatch",
      dataset: "wallwatch.alert",
      provider: "wallwatch",
      severity: 47,
      risk_score: 47,
    });
  });

  it("names the rule and the threat", () => {
    assert.deepEqual(at(document, "rule"), {
      id: "rule-1",
      name: "A rule",
      version: "3",
      description: "What it is about.",
      author: ["Somebody"],
      license: "Apache-2.0",
      reference: ["https://example.org/rule"],
      ruleset: "wallwatch",
    });
    assert.deepEqual(at(document, "wallwatch.rule"), { severity: "medium", tags: ["OS: Linux"], type: "eql" });
    assert.deepEqual(at(document, "threat"), {
      framework: "MITRE ATT&CK",
      tactic: { id: ["TA0005"], name: ["Defense Evasion"], reference: ["https://attack.mitre.org/tactics/TA0005/"] },
      technique: {
        id: ["T1562"],
        name: ["Impair Defenses"],
        reference: ["https://attack.mitre.org/techniques/T1562/"],
        subtechnique: { id: ["T1562.001"], name: ["Disable or Modify Tools"], reference: [""] },
      },
    });
  });

  it("has the administrator's tags and labels, the agent, and the incident", () => {
    assert.deepEqual(at(document, "tags"), ["dmz"]);
    assert.deepEqual(at(document, "labels"), { site: "one" });
    assert.deepEqual(at(document, "agent"), {
      type: "wallwatch",
      version: "1.2.3",
      id: "agent-1",
      ephemeral_id: "start-1",
      name: "web-1",
    });
    assert.equal(at(document, "wallwatch.incident.id"), event.parent?.execId);
  });

  it("tells it in one sentence", () => {
    assert.equal(at(document, "message"), 'root ran `iptables -F` on web-1, started by `sh -c "a b"`.');
  });
});
