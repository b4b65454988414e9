import assert from "node:assert/strict";

import { ConfigError } from "../../src/config/error.js";
import { parseConfig } from "../../src/config/load.js";
import { redactDocument } from "../../src/redact/document.js";
import { redactorOf } from "../../src/redact/redactor.js";

describe("patterns of secrets", () => {
  const table: [patterns: string[], args: string, masked: string][] = [
    [["--pin=*"], "x --pin=1234 --pin2=5", "x --pin=[redacted] --pin2=5"],
    [["--pin *"], "x --pin 1234 5", "x --pin [redacted] 5"],
    [["--pin id:*"], "x --pin id:1234 --pin 5", "x --pin id:[redacted] --pin 5"],
    [["*BEGIN*KEY*"], "x --BEGIN-RSA-KEY-- y", "x [redacted] y"],
    [["hunter2"], "x hunter2 hunter22", "x [redacted] hunter22"],
    [["--pin=*"], "x --PIN=1", "x --PIN=1"],
    [["-* s3cret"], "x -a s3cret s3cret", "x -a [redacted] s3cret"],
  ];
  for (const [patterns, args, masked] of table) {
    it(`${patterns.join(", ")}: ${args}`, () => {
      const redactor = redactorOf(patterns, false);
      assert.equal(redactor.args(args.split(" ")).join(" "), masked);
      assert.equal(redactor.text(args), masked);
    });
  }

  it("stand beside the usual ones, or in their place", () => {
    const args = ["x", "--password=a", "--pin=b"];
    assert.deepEqual(redactorOf(["--pin=*"], true).args(args), ["x", "--password=[redacted]", "--pin=[redacted]"]);
    assert.deepEqual(redactorOf(["--pin=*"], false).args(args), ["x", "--password=a", "--pin=[redacted]"]);
    assert.deepEqual(redactorOf([], false).args(args), args);
    assert.equal(redactorOf(["PIN=*"], true).variable("PIN=1"), "PIN=[redacted]");
    assert.equal(redactorOf(["PIN=*"], true).variable("TOKEN=1"), "TOKEN=[redacted]");
  });

  it("mask a document wherever a process stands in it", () => {
    const args = ["x", "--pin", "12 34"];
    const document = {
      message: "root ran `x --pin 12 34` on h.",
      process: { args, command_line: "x --pin 12 34", env_vars: ["LD_PRELOAD=/tmp/1.so"] },
      wallwatch: { ancestors: [{ command_line: "x --pin 12 34" }, { command_line: "y --pin 5" }] },
    };
    const redacted = redactDocument(document, redactorOf(["--pin *", "LD_PRELOAD=*"], true));
    assert.deepEqual(redacted, {
      message: "root ran `x --pin [redacted]` on h.",
      process: {
        args: ["x", "--pin", "[redacted]"],
        command_line: "x --pin [redacted]",
        env_vars: ["LD_PRELOAD=[redacted]"],
      },
      wallwatch: {
        ancestors: [{ command_line: "x --pin [redacted]" }, { command_line: "y --pin [redacted]" }],
        redacted: [
          "message",
          "process.args",
          "process.command_line",
          "process.env_vars",
          "wallwatch.ancestors.command_line",
        ],
      },
    });
  });

  it("take time in proportion to an argument's length, whatever they are", () => {
    const redactor = redactorOf(["*a*a*a*a*a*a*a*a*a*b"], false);
    const begin = performance.now();
    redactor.args(["a".repeat(200_000)]);
    assert.ok(performance.now() - begin < 5000);
  });

  it("are checked with the configuration", () => {
    for (const pattern of ["", "*", "* *", "a b c", " a"]) {
      assert.throws(() => parseConfig(`redaction.patterns = ["${pattern}"]\n`, "w.toml"), ConfigError, pattern);
    }
    assert.deepEqual(parseConfig('redaction.patterns = ["--pin *"]\n', "w.toml").redaction.patterns, ["--pin *"]);
  });
});
