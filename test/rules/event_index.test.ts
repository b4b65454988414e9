import assert from "node:assert/strict";

import { documentResolver, type JsonDocument } from "../../src/rules/document.js";
import { compileEql } from "../../src/rules/eql/compile.js";
import { EventIndex } from "../../src/rules/event_index.js";

const RULES: Readonly<Record<string, string>> = {
  file: 'file where event.action == "creation"',
  network: "network where destination.port == 53",
  args: 'process where process.args == "-F"',
  parent: 'process where process.parent.executable like "/etc/*"',
  pattern: 'process where process.name like "ip*" and process.args == "-X"',
  named: 'process where process.name == "ufw"',
  other: 'process where not process.name == "ufw"',
  any: "any where true",
};

function event(name: unknown, more: JsonDocument = {}): JsonDocument {
  return { event: { category: ["process"], type: ["start"], action: "exec" }, process: { name, ...more } };
}

describe("the index of rules by what an event is", () => {
  const items = Object.entries(RULES).map(([id, text]) => ({ id, query: compileEql(text, documentResolver) }));
  type Item = (typeof items)[number];
  const names = documentResolver("process.name");
  const find = (index: EventIndex<JsonDocument, Item>, document: JsonDocument): readonly Item[] =>
    index.candidatesOf(names?.(document), document);
  const idsOf = (found: readonly Item[]): string[] => found.map(({ id }) => id);
  const matching = (found: readonly Item[], document: JsonDocument): string[] =>
    idsOf(found.filter(({ query }) => query.matches(document)));

  it("leaves out what the event's kind or name rules out, and keeps the order", () => {
    const index = new EventIndex(items, documentResolver);
    for (let times = 0; times < 2; times++) {
      assert.deepEqual(idsOf(find(index, event("ufw"))), ["args", "parent", "named", "any"]);
      assert.deepEqual(idsOf(find(index, event("iptables"))), ["parent", "other", "any"]);
      assert.deepEqual(idsOf(find(index, { event: { category: "file", action: "creation" } })), ["file", "any"]);
    }
  });

  it("finds rules that match as they do by themselves, whichever event came first", () => {
    const events = [
      event("ls", { args: ["-F"], parent: { executable: "/etc/cron" } }),
      event("iptables", { args: ["-X"] }),
      event("ufw"),
      { event: { category: "file", action: "creation" } },
      { event: { category: "network" }, destination: { port: 53 } },
      {},
    ];
    for (const first of events) {
      const index = new EventIndex(items, documentResolver);
      for (const document of [first, ...events, ...events]) {
        assert.deepEqual(matching(find(index, document), document), matching(items, document));
      }
    }
  });

  it("reads a document anew when it comes again", () => {
    const index = new EventIndex(items, documentResolver);
    const args = ["-L"];
    const document = event("ls", { args });
    assert.deepEqual(matching(find(index, document), document), ["other", "any"]);
    args[0] = "-F";
    assert.deepEqual(matching(find(index, document), document), ["args", "other", "any"]);
  });

  it("finds all that match where a value is no string, or looks like a list", () => {
    const index = new EventIndex(items, documentResolver);
    for (const name of [["ls", 7], ["ufw", "ls"], '["ufw","ls"]', ["ufw"], "ufw", 7, [], "[]", undefined]) {
      const document = event(name, { args: ["-F"] });
      assert.deepEqual(matching(find(index, document), document), matching(items, document));
    }
  });

  it("leaves out what the arguments rule out, but for rules about this program: some arguments may be missing", () => {
    const flags = ["-F", "-X", "-Z", "-P", "-D"];
    const rules = [
      ...flags.map((flag) => ({ id: flag, text: `process where process.args == "${flag}"` })),
      { id: "all", text: 'process where process.args == "-F" and process.args == "-X"' },
      { id: "some", text: "process where process.args != null" },
      { id: "named", text: 'process where process.name == "ls" and process.args == "-F"' },
    ].map(({ id, text }) => ({ id, query: compileEql(text, documentResolver) }));
    const index = new EventIndex(rules, documentResolver);
    const found = (args: unknown): string[] => {
      const document = event("ls", { args });
      const candidates = index.candidatesOf("ls", document);
      const all = rules.filter(({ query }) => query.matches(document));
      assert.deepEqual(idsOf(candidates.filter(({ query }) => query.matches(document))), idsOf(all));
      return idsOf(candidates);
    };
    for (let times = 0; times < 2; times++) {
      assert.deepEqual(found(["ls", "-L"]), ["some", "named"]);
      assert.deepEqual(found(["ls", "-X"]), ["-X", "some", "named"]);
      assert.deepEqual(found(["-X", "-F", "-F"]), ["-F", "-X", "all", "some", "named"]);
      assert.deepEqual(found(["-F", 7, true, "-X"]), ["-F", "-X", "all", "some", "named"]);
      assert.deepEqual(found("-Z"), ["-Z", "some", "named"]);
      assert.deepEqual(found([]), ["named"]);
      assert.deepEqual(found(undefined), ["named"]);
    }
  });

  it("finds by name alone without a way to read fields", () => {
    const index = new EventIndex<JsonDocument, Item>(items, undefined);
    assert.deepEqual(
      idsOf(find(index, event("ls"))),
      Object.keys(RULES).filter((id) => id !== "named"),
    );
  });

  it("finds the same among more values than it remembers", () => {
    const index = new EventIndex(items, documentResolver);
    for (let number = 0; number < 30_000; number++) {
      const action = number % 3 === 0 ? "creation" : `exec${number}`;
      const document = { event: { category: `file${number % 2 === 0 ? "" : number}`, action } };
      assert.deepEqual(matching(find(index, document), document), matching(items, document));
    }
  });

  it("finds the same among more arguments than it remembers, however they come together", () => {
    const rules = Array.from({ length: 12 }, (_, bit) => ({
      id: `bit ${bit}`,
      query: compileEql(`process where process.args == "${bit}"`, documentResolver),
    }));
    const index = new EventIndex(rules, documentResolver);
    for (let number = 0; number < 20_000; number++) {
      const bits = Array.from({ length: 12 }, (_, bit) => bit).filter((bit) => ((number >> bit) & 1) === 1);
      const document = event("ls", { args: [`/tmp/${number}`, ...bits.map(String)] });
      assert.deepEqual(matching(index.candidatesOf("ls", document) as Item[], document), matching(rules, document));
    }
  });

  it("finds the same where events differ so much that it gives up telling them apart", () => {
    const rules = Array.from({ length: 12 }, (_, bit) => ({
      id: `bit ${bit}`,
      query: compileEql(`any where event.type == "${bit}" and event.action == "${bit}"`, documentResolver),
    }));
    const index = new EventIndex(rules, documentResolver);
    for (let number = 0; number < 4096; number++) {
      const bits = Array.from({ length: 12 }, (_, bit) => bit).filter((bit) => ((number >> bit) & 1) === 1);
      const document = { event: { type: bits.map(String), action: bits.slice(1).map(String) } };
      assert.deepEqual(matching(index.candidatesOf(undefined, document), document), matching(rules, document));
    }
    const document = { event: { type: ["0"], action: ["0"] } };
    assert.equal(index.candidatesOf(undefined, document), index.candidates(undefined));
  });
});
