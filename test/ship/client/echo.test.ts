import assert from "node:assert/strict";

import { withoutEcho } from "../../../src/ship/client/echo.js";

function echoed(body: string, ...authorizations: (string | undefined)[]): string {
  return withoutEcho({ status: 401, headers: {}, body }, authorizations).body;
}

const base64 = (text: string): string => Buffer.from(text).toString("base64");

describe("what a server repeats of a request", () => {
  it("holds no token", () => {
    assert.equal(echoed("no such token: hunter2!", "Bearer hunter2"), "no such token: [redacted]!");
    assert.equal(echoed("Splunk hunter2, hunter2", "Splunk hunter2"), "Splunk [redacted], [redacted]");
  });

  it("holds no password and no key, packed or not", () => {
    const basic = base64("elastic:pass:word");
    assert.equal(
      echoed(`Basic ${basic} of elastic: pass:word`, `Basic ${basic}`),
      "Basic [redacted] of elastic: [redacted]",
    );
    const key = base64("id:s3cret");
    assert.equal(echoed(`${key} is s3cret of id`, `ApiKey ${key}`), "[redacted] is [redacted] of id");
  });

  it("holds nothing of what was meant for the proxy", () => {
    assert.equal(echoed("who is hunter2", undefined, `Basic ${base64("user:hunter2")}`), "who is [redacted]");
  });

  it("is left alone otherwise", () => {
    assert.equal(echoed("a b c", "Bearer a"), "a b c", "too short to be found in words");
    assert.equal(echoed("token", undefined), "token");
    assert.equal(echoed("name: value", "Bearer bmFtZTogdmFsdWU"), "name: value", "no base64 of a pair");
  });
});
