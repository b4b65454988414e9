import assert from "node:assert/strict";

import type { ExceptionConfig } from "../../src/config/exceptions.js";
import type { Detector, Detection } from "../../src/detect/detector.js";
import { Exceptions, exceptionWarnings, Expiries } from "../../src/detect/exceptions.js";
import { recordedView } from "../../src/detect/recorded.js";
import { documentResolver, type JsonDocument } from "../../src/rules/document.js";
import { at, detector, ORIGIN, rule, ruleSet } from "./support.js";

const MINUTE = 60_000;
const IPTABLES = rule({ query: 'process where process.name == "iptables" and process.args == "-F"' });

function exception(input: Partial<ExceptionConfig> & Pick<ExceptionConfig, "condition">): ExceptionConfig {
  return { reason: "Maintenance", log: false, ...input };
}

function exec(id: string, minute = 0, fields: JsonDocument = {}): JsonDocument {
  return {
    "@timestamp": new Date(minute * MINUTE).toISOString(),
    event: { id, category: ["process"], type: ["start"], action: "exec" },
    host: { name: "web-1" },
    process: { name: "iptables", args: ["iptables", "-F"], executable: "/sbin/iptables" },
    user: { id: "0", name: "root" },
    ...fields,
  };
}

function detect(exceptions: readonly ExceptionConfig[], input: { rules?: Parameters<typeof rule>[0][] } = {}) {
  const rules = (input.rules ?? [IPTABLES]).map(rule);
  const options = { exceptions: new Exceptions(exceptions, documentResolver, ORIGIN) };
  return detector(ruleSet(documentResolver, ...rules), recordedView, options);
}

const ROOT_ONLY = exception({ condition: 'user.id == "0"' });
const BY_BOB = { user: { id: "1000", name: "bob" } };
const kinds = (detections: readonly Detection[]): string[] => detections.map(({ kind }) => kind);
const documentOf = (detection: Detection | undefined): unknown =>
  detection !== undefined && "document" in detection ? detection.document : undefined;

describe("an exception", () => {
  it("keeps what fulfils its condition from being an alert, and nothing else", () => {
    const judge = detect([ROOT_ONLY]);
    assert.deepEqual(kinds(judge.evaluate(exec("1"))), ["excepted"]);
    assert.deepEqual(kinds(judge.evaluate(exec("2", 0, BY_BOB))), ["alert"]);
  });

  it("is for the rules that it names, by id or by name, or for all", () => {
    const rules = [
      { ...IPTABLES, id: "one", name: "First" },
      { ...IPTABLES, id: "two", name: "Second" },
      { ...IPTABLES, id: "three", name: "Third" },
    ];
    const outcome = (...named: string[]): string[] =>
      kinds(detect([{ ...ROOT_ONLY, ...(named.length > 0 ? { rules: named } : {}) }], { rules }).evaluate(exec("1")));
    assert.deepEqual(outcome("one", "Third"), ["excepted", "alert", "excepted"]);
    assert.deepEqual(outcome("first"), ["alert", "alert", "alert"]);
    assert.deepEqual(outcome(), ["excepted", "excepted", "excepted"]);
  });

  it("applies until it expires, by the time of the event", () => {
    const judge = detect([{ ...ROOT_ONLY, expires: 10 * MINUTE }]);
    assert.deepEqual(kinds(judge.evaluate(exec("1", 9))), ["excepted"]);
    assert.deepEqual(kinds(judge.evaluate(exec("2", 10))), ["alert"]);
  });

  it("takes the alert's tags and labels from the configuration and from the event", () => {
    const origin = { ...ORIGIN, tags: ["dmz"], labels: { env: "test" } };
    const outcome = (condition: string, fields: JsonDocument = {}): string[] => {
      const exceptions = new Exceptions([exception({ condition })], documentResolver, origin);
      const judge = detector(ruleSet(documentResolver, IPTABLES), recordedView, { origin, exceptions });
      return kinds(judge.evaluate(exec("1", 0, fields)));
    };
    assert.deepEqual(outcome('labels.env == "test"'), ["excepted"]);
    assert.deepEqual(outcome('labels.env == "test"', { labels: { env: "live" } }), ["excepted"]);
    assert.deepEqual(outcome('labels.site == "north"'), ["alert"]);
    assert.deepEqual(outcome('labels.site == "north"', { labels: { site: "north" } }), ["excepted"]);
    assert.deepEqual(outcome('tags == "dmz" and tags == "own"', { tags: ["own"] }), ["excepted"]);
    assert.deepEqual(outcome('tags == "own"'), ["alert"]);
  });

  it("is not for an exec of whose arguments some are missing, if it asks for arguments", () => {
    const cut = { wallwatch: { capture: { args_whole: false } } };
    const outcome = (condition: string): string[] =>
      kinds(detect([exception({ condition })]).evaluate(exec("1", 0, cut)));
    assert.deepEqual(outcome('not process.args == "--evil"'), ["alert"]);
    assert.deepEqual(outcome('user.name == "root"'), ["excepted"]);
  });

  it("leaves cap and incidents alone", () => {
    const judge = detect([ROOT_ONLY], { rules: [{ ...IPTABLES, maxSignals: 1 }] });
    for (let id = 0; id < 5; id++) judge.evaluate(exec(String(id)));
    assert.deepEqual(kinds(judge.evaluate(exec("a", 0, BY_BOB))), ["alert"]);
    const [alert] = judge.evaluate(
      exec("b", 0, {
        ...BY_BOB,
        process: { ...(exec("b")["process"] as object), parent: { entity_id: "p" }, executable: "/tmp/iptables" },
      }),
    );
    assert.equal(at(documentOf(alert), "wallwatch.incident.id"), "p");
  });
});

describe("matches that were excepted", () => {
  const summaries = (judge: Detector<JsonDocument>): unknown[] =>
    judge.flush().map((detection) => documentOf(detection));

  it("are counted by rule and exception, and told when the window is over or at the end", () => {
    const judge = detect([exception({ condition: 'user.name == "bob"', reason: "Bob" }), ROOT_ONLY]);
    for (const [id, minute, fields] of [
      ["1", 1, {}],
      ["2", 2, {}],
      ["3", 3, BY_BOB],
    ] as const) {
      assert.deepEqual(kinds(judge.evaluate(exec(id, minute, fields))), ["excepted"]);
    }
    assert.deepEqual(judge.tick(6 * MINUTE), []);
    const [first, ...others] = judge.tick(6 * MINUTE + 5000).map(documentOf);
    assert.equal(others.length, 0);
    assert.equal(at(first, "event.action"), "matches-excepted");
    assert.equal(at(first, "event.kind"), "event");
    assert.equal(at(first, "event.dataset"), "wallwatch.health");
    assert.equal(at(first, "rule.name"), IPTABLES.name);
    assert.equal(at(first, "wallwatch.exception.reason"), "Maintenance");
    assert.equal(at(first, "wallwatch.excepted.count"), 2);
    assert.equal(at(first, "wallwatch.excepted.first_event_id"), "1");
    assert.equal(at(first, "wallwatch.excepted.actors.0.user"), "0");
    const [second, ...rest] = summaries(judge);
    assert.equal(rest.length, 0);
    assert.equal(at(second, "wallwatch.exception.reason"), "Bob");
    assert.notEqual(at(second, "event.id"), at(first, "event.id"));
    assert.deepEqual(summaries(judge), []);
  });

  it("are written down on request, as events and not as alerts, with the exec and the reason", () => {
    const expires = Date.UTC(2030, 0, 1);
    const judge = detect([{ ...ROOT_ONLY, log: true, expires }]);
    const [detection] = judge.evaluate(exec("1"));
    const document = documentOf(detection);
    assert.equal(detection?.kind, "excepted");
    assert.equal(at(document, "event.kind"), "event");
    assert.equal(at(document, "event.action"), "match-excepted");
    assert.equal(at(document, "event.dataset"), "wallwatch.health");
    assert.equal(at(document, "process.name"), "iptables");
    assert.equal(at(document, "host.name"), "web-1");
    assert.equal(at(document, "rule.id"), IPTABLES.id);
    assert.equal(at(document, "wallwatch.alert"), undefined);
    assert.equal(at(document, "wallwatch.exception.reason"), "Maintenance");
    assert.equal(at(document, "wallwatch.exception.expires"), "2030-01-01T00:00:00.000Z");
    assert.equal(at(document, "wallwatch.exception.event_id"), "1");
    assert.match(String(at(document, "message")), /^Excepted from "A rule" \(Maintenance\): root ran /);
  });

  it("that were written down match nothing when the log is replayed", () => {
    const [detection] = detect([{ ...ROOT_ONLY, log: true }]).evaluate(exec("1"));
    assert.deepEqual(detect([]).evaluate(documentOf(detection) as JsonDocument), []);
  });

  it("are written down as often as the cap lets pass, and counted all", () => {
    const judge = detect([{ ...ROOT_ONLY, log: true }], { rules: [{ ...IPTABLES, maxSignals: 2 }] });
    const written = Array.from({ length: 6 }, (_, id) => judge.evaluate(exec(String(id)))).flat();
    assert.deepEqual(
      kinds(written),
      Array.from({ length: 6 }, () => "excepted"),
    );
    assert.equal(written.filter((detection) => documentOf(detection) !== undefined).length, 2);
    assert.deepEqual(
      summaries(judge).map((document) => at(document, "wallwatch.excepted.count")),
      [6],
    );
  });
});

describe("warnings of exceptions", () => {
  it("name those that expired, and those for rules that there are not", () => {
    const exceptions = [
      { ...ROOT_ONLY, expires: 0, reason: "Old" },
      { ...ROOT_ONLY, rules: [IPTABLES.id, IPTABLES.name, "Nmae"], reason: "New", expires: 5 },
    ];
    assert.deepEqual(exceptionWarnings(exceptions, [IPTABLES], 1), [
      'the exception "Old" expired at 1970-01-01T00:00:00.000Z and applies no longer',
      'the exception "New" is for the rule Nmae, and there is no such rule',
    ]);
    assert.deepEqual(exceptionWarnings([ROOT_ONLY], [], 1), []);
  });

  it("come when one expires, once", () => {
    const old = { ...ROOT_ONLY, expires: 1 };
    const soon = { ...ROOT_ONLY, expires: 10 };
    const expiries = new Expiries([old, soon, ROOT_ONLY], 5);
    assert.deepEqual(expiries.passed(9), []);
    assert.deepEqual(expiries.passed(10), [soon]);
    assert.deepEqual(expiries.passed(11), []);
  });
});
