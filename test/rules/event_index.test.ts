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
  const names = documentResolver("process.name");
  const find = (index: EventIndex<JsonDocument, (typeof items)[number]>, document: JsonDocument): string[] =>
    index.candidatesOf(names?.(document), document).map(({ id }) => id);

  it("leaves out what the event's kind, name or executables rule out, and keeps the order", () => {
    const index = new EventIndex(items, documentResolver);
    for (let times = 0; times < 2; times++) {
      assert.deepEqual(find(index, event("ufw")), ["args", "named", "any"]);
      assert.deepEqual(find(index, event("iptables")), ["args", "pattern", "other", "any"]);
      const below = event("ls", { parent: { executable: "/etc/cron" } });
      assert.deepEqual(find(index, below), ["args", "parent", "other", "any"]);
      assert.deepEqual(find(index, { event: { category: "file", action: "creation" } }), ["file", "any"]);
    }
  });

  it("leaves out nothing where a value is no string, or looks like a list", () => {
    const index = new EventIndex(items, documentResolver);
    assert.ok(find(index, event(["ls", 7])).includes("parent"));
    assert.deepEqual(find(index, event(["ufw", "ls"])).sort(), ["any", "args", "named"]);
    // A name that reads like the list before must not be taken for it.
    assert.ok(find(index, event('["ufw","ls"]')).includes("other"));
  });

  it("finds by name alone without a way to read fields", () => {
    const index = new EventIndex<JsonDocument, (typeof items)[number]>(items, undefined);
    assert.deepEqual(
      find(index, event("ls")),
      Object.keys(RULES).filter((id) => id !== "named"),
    );
  });

  it("looks at fewer fields where there are very many values, and finds the same", () => {
    const index = new EventIndex(items, documentResolver);
    for (let number = 0; number < 30_000; number++) {
      const document = event(number % 2 === 0 ? "ufw" : `ls${number}`, { executable: `/tmp/${number}` });
      const found = find(index, document);
      for (const { id, query } of items) if (query.matches(document)) assert.ok(found.includes(id), id);
    }
  });
});
