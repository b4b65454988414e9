import assert from "node:assert/strict";

import { QueryError } from "../../src/rules/error.js";
import { parseRuleFile, queryProblem } from "../../src/rules/file.js";
import { problemText, RuleFileError } from "../../src/rules/problem.js";
import type { Rule } from "../../src/rules/rule.js";

/** The least that a rule must say. */
const LEAST = `[rule]
rule_id = "0c2c8b9e-0000-4000-8000-000000000001"
name = "Least"
description = "What must be there."
severity = "low"
risk_score = 21
type = "eql"
query = 'process where true'
`;

function parse(toml: string): Rule {
  return parseRuleFile(toml, "x.toml").rule;
}

function problems(toml: string): string {
  try {
    parseRuleFile(toml, "x.toml");
  } catch (error) {
    assert.ok(error instanceof RuleFileError, String(error));
    assert.equal(error.message, error.problems.map(problemText).join("\n"));
    return error.message;
  }
  return assert.fail("the file was read");
}

describe("a rule file", () => {
  it("needs little, and has defaults for the rest", () => {
    const rule = parse(LEAST);
    assert.deepEqual(rule, {
      id: "0c2c8b9e-0000-4000-8000-000000000001",
      name: "Least",
      version: 0,
      description: "What must be there.",
      author: [],
      license: undefined,
      references: [],
      falsePositives: [],
      severity: "low",
      riskScore: 21,
      tags: [],
      threat: [],
      type: "eql",
      language: undefined,
      query: "process where true",
      eventCategoryField: undefined,
      conditionsElsewhere: [],
      enabled: true,
      disabledReason: undefined,
      maxSignals: 100,
      buildingBlock: false,
      note: undefined,
      path: "x.toml",
      examples: [],
    });
  });

  it("may be full of what only a server needs", () => {
    const rule = parse(`[metadata]
creation_date = "2023/02/22"
maturity = "production"
integration = ["endpoint"]

[transform]
[[transform.osquery]]
label = "L"
query = "SELECT 1"

${LEAST}interval = "5m"
from = "now-9m"
index = ["logs-*"]
actions = [{ id = "x" }]
max_signals = 33
building_block_type = "default"
language = "eql"
event_category_override = "event_type"
note = """## Guide"""
[rule.investigation_fields]
field_names = ["a"]
[rule.alert_suppression]
group_by = ["host.id"]
[rule.new_terms]
field = "new_terms_fields"
[[rule.threat]]
framework = "MITRE ATT&CK"
[[rule.threat.technique]]
id = "T1562"
name = "Impair Defenses"
reference = "https://attack.mitre.org/techniques/T1562/"
[[rule.threat.technique.subtechnique]]
id = "T1562.004"
name = "Disable or Modify System Firewall"
reference = "https://attack.mitre.org/techniques/T1562/004/"
[rule.threat.tactic]
id = "TA0005"
name = "Defense Evasion"
`);
    assert.equal(rule.maxSignals, 33);
    assert.equal(rule.buildingBlock, true);
    assert.equal(rule.note, "## Guide");
    assert.equal(rule.eventCategoryField, "event_type");
    assert.deepEqual(
      rule.threat.map(({ tactic, technique }) => [tactic.id, technique.map(({ subtechnique }) => subtechnique[0]?.id)]),
      [["TA0005", ["T1562.004"]]],
    );
  });

  it("says its version in Elastic's place or in ours, and whether it is on", () => {
    assert.equal(parse(`${LEAST}version = 7\n[wallwatch]\nversion = 8\n`).version, 7);
    assert.equal(parse(`${LEAST}[wallwatch]\nversion = 111\n`).version, 111);
    assert.equal(parse(`${LEAST}[wallwatch]\nenabled = false\n`).disabledReason, "enabled = false in its file");
    assert.equal(parse(`${LEAST}enabled = false\n`).enabled, false);
    assert.equal(parse(`${LEAST}enabled = false\n[wallwatch]\nenabled = true\n`).disabledReason, undefined);
    const deprecated = '[metadata]\nmaturity = "deprecated"\n';
    assert.equal(parse(deprecated + LEAST).disabledReason, "its maturity is deprecated");
    assert.equal(parse(`${deprecated}${LEAST}[wallwatch]\nenabled = true\n`).enabled, true);
  });

  it("names everything that is wrong with it, by line", () => {
    const text = LEAST.replace('"low"', '"lowest"')
      .replace("risk_score = 21", "risk_score = 210")
      .replace(/name.*\n/, "");
    assert.equal(
      problems(text),
      [
        "x.toml:1:2: rule.name is missing",
        'x.toml:4:1: rule.severity must be one of "low", "medium", "high", "critical", not "lowest"',
        "x.toml:5:1: rule.risk_score must be 100 or less",
      ].join("\n"),
    );
    assert.match(problems("[metadata]\n"), /^x\.toml: rule is missing$/);
    assert.match(problems(LEAST.replace("21", '"21"')), /x\.toml:6:1: rule\.risk_score must be a number, not "21"/);
    assert.match(
      problems(LEAST.replace(/query.*\n/, "")),
      /x\.toml:1:2: rule\.query is missing, which type "eql" needs/,
    );
    assert.match(problems(`${LEAST}tags = ["a", 1]\n`), /x\.toml:9:14: rule\.tags\[1\] must be a string, not 1/);
  });

  it("knows the names in its own tables", () => {
    assert.match(
      problems(`${LEAST}[wallwatch]\nenabeld = false\n`),
      /x\.toml:10:1: there is no key wallwatch\.enabeld; did you mean enabled\?/,
    );
    assert.match(
      problems(`${LEAST}[[example]]\nname = "a"\nmatch = true\nexec = ["a"]\nblah = 1\n`),
      /x\.toml:13:1: there is no key example\[0\]\.blah; known here: name, match, event, exec, parent/,
    );
  });

  it("knows the names of its own tables", () => {
    assert.match(
      problems(`${LEAST}[[examples]]\nname = "a"\n[Wallwatch]\nversion = 1\n[transform]\n`),
      /^x\.toml:9:\d+: there is no table examples; did you mean example\?\nx\.toml:11:\d+: there is no table Wallwatch; did you mean wallwatch\?$/,
    );
    assert.match(
      problems(`${LEAST}[example]\nname = "a"\n`),
      /x\.toml:9:\d+: example must be a list of tables: write \[\[example\]\]/,
    );
    assert.match(
      problems(LEAST.replace('"low"', "{ a = 1 }")),
      /x\.toml:\d+:\d+: rule\.severity must be one of .*, not a table/,
    );
    assert.match(
      problems(LEAST.replace(/description.*\n/, "description = 2024-01-02\n")),
      /must be a string, not a date$/,
    );
  });

  it("that is no TOML is named with its place, which is shown", () => {
    assert.equal(
      problems('[rule]\r\nname = "漢字" nmae = 1\n'),
      'x.toml:2:13: this is not TOML: each key-value declaration must be followed by an end-of-line\n  name = "漢字" nmae = 1\n                ^',
    );
    assert.match(problems('[rule]\nname = "x\n'), /^x\.toml:2:\d+: this is not TOML: /);
  });

  it("may lack a query only where its type has none", () => {
    const machineLearning = LEAST.replace('"eql"', '"machine_learning"').replace(/query.*\n/, "");
    assert.equal(parse(machineLearning).query, "");
  });
});

describe("an example in a rule file", () => {
  const example = (toml: string): string => `${LEAST}[[example]]\nname = "a"\nmatch = true\n${toml}\n`;
  const event = (toml: string): unknown => parse(example(toml)).examples[0]?.event;

  it("holds its event as a table, as JSON, or as a search hit", () => {
    assert.deepEqual(event("event = { process.name = 'x', at = 2024-01-02T03:04:05Z }"), {
      process: { name: "x" },
      at: "2024-01-02T03:04:05.000Z",
    });
    assert.deepEqual(event(`event = '''{"process.name": "x"}'''`), { "process.name": "x" });
    assert.deepEqual(event(`event = '{"_index":"i","_source":{"a":1}}'`), { a: 1 });
  });

  it("holds an argument list, from which the event of a starting program follows", () => {
    assert.deepEqual(event('exec = ["/usr/sbin/iptables", "-F"]\nparent = ["bash", "-c", "x y"]'), {
      event: { kind: "event", category: ["process"], type: ["start"], action: "exec" },
      host: { os: { type: "linux" } },
      process: {
        name: "iptables",
        executable: "/usr/sbin/iptables",
        args: ["/usr/sbin/iptables", "-F"],
        args_count: 2,
        command_line: "/usr/sbin/iptables -F",
        parent: { name: "bash", args: ["bash", "-c", "x y"], args_count: 3, command_line: "bash -c x y" },
      },
    });
  });

  it("may say what differs from that event", () => {
    const { process } = event(
      'exec = ["python3", "/usr/sbin/ufw"]\nevent = { process = { name = "ufw", args = ["u"] } }',
    ) as {
      process: Record<string, unknown>;
    };
    assert.deepEqual([process["name"], process["args"], process["args_count"]], ["ufw", ["u"], 2]);
  });

  it("may say what differs by dotted keys, which replace as nested ones do", () => {
    const { process } = event(
      `exec = ["python3", "ufw"]\nparent = ["sudo", "-i"]\nevent = '''{"process.name": "ufw", "process": {"parent.name": "sh"}}'''`,
    ) as { process: Record<string, unknown> & { parent: Record<string, unknown> } };
    assert.deepEqual([process["name"], process["args_count"]], ["ufw", 2]);
    assert.deepEqual([process.parent["name"], process.parent["args_count"]], ["sh", 2]);
  });

  it("that says nothing to try is named with its line", () => {
    assert.match(problems(example("")), /x\.toml:10:1: example\[0\]\.name stands without an event/);
    assert.match(problems(example("event = '{'")), /x\.toml:12:1: example\[0\]\.event is not JSON: /);
    assert.match(problems(example("event = '[1]'")), /x\.toml:12:1: example\[0\]\.event must be a JSON object/);
    assert.match(
      problems(example("event = {}\nparent = ['x']")),
      /x\.toml:13:1: example\[0\]\.parent stands only beside exec/,
    );
    assert.match(problems(example("exec = []")), /x\.toml:12:1: example\[0\]\.exec must name at least the program/);
    assert.match(
      problems(example("event = 5")),
      /x\.toml:12:1: example\[0\]\.event must be a table or a string of JSON/,
    );
  });

  it("may be nested up to a bound, and is refused beyond it", () => {
    const json = (levels: number): string => `${'{"a":'.repeat(levels)}1${"}".repeat(levels)}`;
    const dotted = (levels: number): string => Array<string>(levels).fill("a").join(".");
    assert.deepEqual(event(`event = '${json(100)}'`), JSON.parse(json(100)));
    assert.deepEqual((event(`exec = ["x"]\nevent = '{"${dotted(100)}":1}'`) as { a: unknown }).a, JSON.parse(json(99)));
    for (const deep of [
      `'${json(101)}'`,
      `'${json(100_000)}'`,
      `'{"${dotted(100_000)}":1}'`,
      `{ ${dotted(20_000)} = 1 }`,
    ]) {
      for (const exec of ["", 'exec = ["x"]\n']) {
        assert.match(
          problems(example(`${exec}event = ${deep}`)),
          /example\[0\]\.event is nested deeper than 100 levels$/,
        );
      }
    }
  });
});

describe("a file that is not UTF-8", () => {
  it("is refused with the place of the first byte that is none", () => {
    const latin1 = Buffer.from(LEAST.replace("What must", "Wh\u00e4t must"), "latin1").toString("utf8");
    assert.equal(
      problems(latin1),
      `x.toml:4:18: this is not UTF-8\n  description = "Wh\ufffdt must be there."\n${" ".repeat(19)}^`,
    );
  });
});

describe("an error in a rule's query", () => {
  function place(query: string, at: string): string {
    const file = parseRuleFile(LEAST.replace("'process where true'", query), "x.toml");
    const offset = file.rule.query.indexOf(at);
    assert.ok(offset >= 0);
    const { line, column, message } = queryProblem(file, new QueryError(file.rule.query, offset, "wrong"));
    return `${line ?? ""}:${column ?? ""} ${message}`;
  }

  it("is placed in the file", () => {
    assert.equal(place("'process where oops'", "oops"), "8:24 wrong");
    assert.equal(place("'''\nprocess where\n  oops'''", "oops"), "10:3 wrong");
    assert.equal(place("'''process where\n  oops'''", "oops"), "9:3 wrong");
    assert.equal(place('"""\nprocess where\n  oops"""', "oops"), "10:3 wrong");
    assert.equal(place('"process where oops"', "oops"), "8:24 wrong");
  });

  it("is placed in the file where that has escapes", () => {
    assert.equal(place('"""\nprocess where a == \\"x\\"\n  and oops"""', "oops"), "10:7 wrong");
    assert.equal(place('"process where a == \\"x\\" and oops"', "oops"), "8:39 wrong");
    assert.equal(place('"process where a == \\"\\U0001F600\\\\n\\" and oops"', "oops"), "8:51 wrong");
    assert.equal(place('"""process where \\\n\n   oops"""', "oops"), "10:4 wrong");
  });

  it("is placed in a file whose lines end as on Windows", () => {
    assert.equal(place("'''\r\nprocess where\r\n  oops'''", "oops"), "10:3 wrong");
    assert.equal(place('"""\r\nprocess where \\\r\n  oops"""', "oops"), "10:3 wrong");
  });
});
