import assert from "node:assert/strict";

import { createFormatter } from "../../src/log/format.js";

describe("a line of the alert log", () => {
  const formatter = createFormatter();

  it("is the document as one line of JSON with its level", () => {
    const document = { "@timestamp": "2026-01-02T03:04:05.678Z", event: { kind: "alert" }, message: "100% %s {}" };
    const line = formatter.format(document, "warn");
    assert.equal(line.indexOf("\n"), line.length - 1);
    assert.deepEqual(JSON.parse(line), { "log.level": "warn", ...document });
  });

  it("keeps every byte of the arguments, and nesting however deep", () => {
    let nested: object = { end: true };
    for (let depth = 0; depth < 50; depth++) nested = { nested };
    const document = {
      process: { args: ["", "a\nb", "\u001b[31m", '"\\', "\u2028", "\ufffd", ""] },
      error: "e",
      err: "f",
      nested,
    };
    assert.deepEqual(JSON.parse(formatter.format(document, "info")), { "log.level": "info", ...document });
  });
});
