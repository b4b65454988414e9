import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";

import { alertDocument } from "../../src/detect/alert.js";
import type { NestedDocument } from "../../src/detect/document.js";
import { ROOT } from "../support/programs.js";
import { FakeHost, ORIGIN, rule } from "./support.js";

/** What the page tells of an alert: the first column of its table, `.name` being a sibling of the field before it. */
function toldFields(): string[] {
  const page = readFileSync(join(ROOT, "docs", "alerts.md"), "utf8");
  const section = /^## An alert$([^]*?)^## /m.exec(page)?.[1] ?? "";
  return [...section.matchAll(/^\| (`[^|]+) \|/gm)].flatMap(([, cell = ""]) => {
    let parent = "";
    return [...cell.matchAll(/`([^`]+)`/g)].map(([, name = ""]) => {
      if (name.startsWith(".")) return parent + name;
      parent = name.slice(0, name.lastIndexOf("."));
      return name.replace("labels.NAME", "labels.site");
    });
  });
}

function leaves(document: NestedDocument, prefix = ""): string[] {
  return Object.entries(document).flatMap(([key, value]) =>
    typeof value === "object" && value !== null && !Array.isArray(value)
      ? leaves(value as NestedDocument, `${prefix}${key}.`)
      : [`${prefix}${key}`],
  );
}

describe("docs/alerts.md", () => {
  it("tells every field that an alert adds to its exec, and no others", () => {
    const reference = { id: "T1", name: "Technique", reference: "https://example.org/T1" };
    const threat = {
      framework: "MITRE ATT&CK",
      tactic: reference,
      technique: [{ ...reference, subtechnique: [reference] }],
    };
    const finding = {
      rule: rule({ query: "process where true", threat: [threat] }),
      eventId: "event-1",
      incidentId: "incident-1",
      undecided: ["process.args"],
    };
    const origin = { ...ORIGIN, host: new FakeHost().context.facts, tags: ["dmz"], labels: { site: "north" } };
    const alert = alertDocument({}, finding, origin);
    assert.deepEqual(toldFields().sort(), [...leaves(alert), "log.level"].sort());
  });
});
