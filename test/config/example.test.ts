import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";

import { parse } from "smol-toml";

import { parseConfig } from "../../src/config/load.js";
import { ROOT } from "../support/programs.js";

/** `log.path`, … of every value in the tables; the administrator's own labels are no keys. */
function keysOf(tables: object): string[] {
  return Object.entries(tables).flatMap(([name, value]) => {
    const isTable = typeof value === "object" && !Array.isArray(value) && name !== "labels";
    return isTable ? keysOf(value as object).map((key) => `${name}.${key}`) : [name];
  });
}

describe("the example of a configuration", () => {
  const text = readFileSync(join(ROOT, "systemd", "wallwatch.toml"), "utf8");
  const uncommented = text.replace(/^#(?=[a-z_]+ = |\[\[)/gm, "");

  it("changes nothing as it stands", () => assert.deepEqual(parseConfig(text, "x"), parseConfig("", "x")));

  it("has sinks that are valid where their comment signs are taken away", () => {
    const { sinks } = parseConfig(text.replace(/^# (?=\[sinks\.|[a-z_]+ = )/gm, ""), "x");
    assert.deepEqual(
      Object.entries(sinks).map(([name, { type }]) => [name, type]),
      [
        ["siem", "elasticsearch"],
        ["hook", "http"],
      ],
    );
  });

  it("has every key, with its default", () => {
    const defaults = parseConfig("", "x");
    assert.deepEqual(parseConfig(uncommented, "x"), {
      ...defaults,
      tags: ["dmz"],
      labels: { site: "north" },
      cap: { ...defaults.cap, alerts: 100 },
      metrics: { ...defaults.metrics, listen: { host: "127.0.0.1", port: 9469 } },
      exceptions: [
        {
          condition: 'wallwatch.ancestors.path == "/opt/maintenance/packet-filter.sh" and user.id == "0"',
          rules: ["Attempt to Disable IPTables or Firewall"],
          reason: "Nightly maintenance of the packet filter, CHG-4711",
          expires: Date.UTC(2031, 0, 1),
          log: false,
        },
      ],
    });
    const described = [
      ...readFileSync(join(ROOT, "docs", "configuration.md"), "utf8").matchAll(/^\| `([a-z_.]+)` \| /gm),
    ];
    const keys = keysOf(parse(uncommented));
    assert.deepEqual(
      keys.filter((key) => !described.some(([, name]) => name === key)),
      [],
    );
    assert.ok(keys.length >= 12);
  });
});
