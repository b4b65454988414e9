import assert from "node:assert/strict";

export interface ParsedExposition {
  /** By the metric's name. */
  readonly types: ReadonlyMap<string, string>;
  /** By name with labels. */
  readonly samples: ReadonlyMap<string, number>;
}

const SAMPLE =
  /^([a-zA-Z_:][a-zA-Z0-9_:]*)(\{(?:[a-zA-Z_]\w*="(?:[^"\\]|\\[\\n"])*",?)*\})? ([+-]?(?:\d+(?:\.\d+)?(?:e[+-]?\d+)?|Inf|NaN))$/;

/** Reads Prometheus' text format strictly: help, then type, then samples, each metric in one place, each sample once. */
export function parseExposition(text: string): ParsedExposition {
  const types = new Map<string, string>();
  const samples = new Map<string, number>();
  let current = "";
  let helped = "";
  assert.ok(text.endsWith("\n"));
  for (const line of text.slice(0, -1).split("\n")) {
    const [, help] = /^# HELP (\S+) \S.*\.$/.exec(line) ?? [];
    const [, typed, type = ""] = /^# TYPE (\S+) (counter|gauge)$/.exec(line) ?? [];
    if (help !== undefined) {
      helped = help;
    } else if (typed !== undefined) {
      assert.equal(typed, helped);
      assert.ok(!types.has(typed), `${typed} comes twice`);
      types.set((current = typed), type);
    } else {
      const [, name, labels = "", value] = SAMPLE.exec(line) ?? [];
      assert.ok(name !== undefined, `not a sample: ${line}`);
      assert.equal(name, current);
      assert.ok(!samples.has(name + labels), `${name}${labels} comes twice`);
      samples.set(name + labels, Number(value));
    }
  }
  return { types, samples };
}
