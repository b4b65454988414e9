import assert from "node:assert/strict";

import { ConfigError } from "../../src/config/error.js";
import type { ExceptionConfig } from "../../src/config/exceptions.js";
import { parseConfig } from "../../src/config/load.js";

function exceptionsOf(toml: string): readonly ExceptionConfig[] {
  return parseConfig(toml, "w.toml").exceptions;
}

function problem(toml: string): string {
  try {
    parseConfig(toml, "w.toml");
  } catch (error) {
    assert.ok(error instanceof ConfigError);
    return error.message;
  }
  return "";
}

/** When an exception expires whose date is written so. */
function expiry(written: string): string | undefined {
  const [exception] = exceptionsOf(`[[exceptions]]\nreason = "r"\ncondition = "true"\nexpires = ${written}\n`);
  return exception?.expires === undefined ? undefined : new Date(exception.expires).toISOString();
}

describe("exceptions in the configuration", () => {
  it("have a condition and a reason, and defaults for the rest", () => {
    assert.deepEqual(exceptionsOf('[[exceptions]]\ncondition = "true"\nreason = "r"\n'), [
      { condition: "true", reason: "r", log: false },
    ]);
    assert.equal(problem('[[exceptions]]\ncondition = "true"\n'), "w.toml:1:3: exceptions[0].reason is missing");
    assert.equal(problem('[[exceptions]]\nreason = "r"\n'), "w.toml:1:3: exceptions[0].condition is missing");
    assert.equal(
      problem('[[exceptions]]\nreason = " "\ncondition = "true"\n'),
      "w.toml:2:1: exceptions[0].reason must not be empty",
    );
    assert.equal(
      problem('[[exceptions]]\nreason = "r"\ncondition = "true"\nrules = []\n'),
      "w.toml:4:1: exceptions[0].rules must name a rule; without it the exception is for all rules",
    );
  });

  it("name the nearest key for one that there is not", () => {
    assert.equal(
      problem('[[exceptions]]\nreason = "r"\ncondition = "true"\nexpirse = 2030-01-01\n'),
      "w.toml:4:1: there is no key exceptions[0].expirse; did you mean expires?",
    );
  });

  it("expire at the end of a day, or at a moment, in UTC unless they say otherwise", () => {
    for (const [written, time] of [
      ["2030-12-31", "2031-01-01T00:00:00.000Z"],
      ['"2030-12-31"', "2031-01-01T00:00:00.000Z"],
      ["2030-12-31T18:00:00Z", "2030-12-31T18:00:00.000Z"],
      ["2030-12-31 18:00:00", "2030-12-31T18:00:00.000Z"],
      ["2030-12-31T18:00:00+02:00", "2030-12-31T16:00:00.000Z"],
      ['"2030-12-31T18:00"', "2030-12-31T18:00:00.000Z"],
      ['"2030-12-31 18:00:00.5-01:00"', "2030-12-31T19:00:00.500Z"],
    ] as const) {
      assert.equal(expiry(written), time, written);
    }
    for (const written of [
      '"soon"',
      '"2030-02-31"',
      '"2030-13-01"',
      '"2030-12-31T25:00"',
      '"31.12.2030"',
      "18:00:00",
    ]) {
      assert.equal(
        problem(`[[exceptions]]\nreason = "r"\ncondition = "true"\nexpires = ${written}\n`),
        'w.toml:4:1: exceptions[0].expires must be a date such as 2030-12-31, or one with a time such as "2030-12-31T18:00:00Z"',
        written,
      );
    }
    assert.equal(
      problem('[[exceptions]]\nreason = "r"\ncondition = "true"\nexpires = 2030\n'),
      "w.toml:4:1: exceptions[0].expires must be a date",
    );
  });

  it("show a mistake in a condition at its place in the file, with a caret", () => {
    assert.equal(
      problem('[[exceptions]]\nreason = "r"\ncondition = \'user.id = "0"\'\n'),
      'w.toml:3:22: unexpected `=`; expected `and`, `or` or the end of the condition; a comparison is written `==`\n  user.id = "0"\n          ^',
    );
    assert.match(
      problem(
        "exceptions = [{ reason = 'r', condition = '''\n\nuser.id == '0'\n''' }]\n".replaceAll("'0'", "user.name"),
      ),
      /^w\.toml:3:12: fields can't be compared .*\n {2}user\.id == user\.name\n {13}\^$/,
    );
  });

  it("show it in the file also where that has escapes", () => {
    assert.match(
      problem('[[exceptions]]\nreason = "r"\ncondition = "user.id == \\"0\\" and"\n'),
      /^w\.toml:3:34: .*\n {2}user\.id == "0" and\n {20}\^$/,
    );
  });

  it("know the fields of an exec, tags and labels, and no others", () => {
    const condition = (text: string): string => problem(`[[exceptions]]\nreason = "r"\ncondition = '${text}'\n`);
    assert.equal(condition('labels.site == "x" and tags == "y" and source.ip == "::1"'), "");
    assert.equal(condition("?no.such.field == null"), "");
    assert.match(condition('file.path == "x"'), /^w\.toml:3:14: unknown field `file\.path`; write `\?file\.path`/);
    assert.match(condition('process where user.id == "0"'), /^w\.toml:3:14: expected a condition alone/);
    assert.match(condition("true | head 5"), /expected `and`, `or` or the end of the condition/);
  });

  it("show mistakes in conditions together with all others, in the order of the file", () => {
    const wrong = problem(
      `exceptions = [{ condition = "user.id =" }, 3, { condition = 7 }, { reason = "r", condition = "and" }]
tag = 1
`,
    );
    assert.deepEqual(
      [...wrong.matchAll(/^w\.toml:(\d+:\d+: \S+)/gm)].map(([, place]) => place),
      [
        "1:15: exceptions[0].reason",
        "1:38: unexpected",
        "1:44: exceptions[1]",
        "1:47: exceptions[2].reason",
        "1:49: exceptions[2].condition",
        "1:95: unexpected",
        "2:1: there",
      ],
    );
  });

  it("are all tried, also behind one that is wrong", () => {
    const wrong = '[[exceptions]]\nreason = "r"\ncondition = "1"\n';
    assert.equal(problem(wrong + wrong).match(/^w\.toml:/gm)?.length, 2);
  });
});
