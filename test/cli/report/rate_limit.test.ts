import assert from "node:assert/strict";

import { RateLimit } from "../../../src/cli/report/rate_limit.js";

describe("a flood of messages", () => {
  it("is held back and counted, level by level", () => {
    const told: string[] = [];
    const limit = new RateLimit<"info" | "error">((level, held) => told.push(`${level} ${held}`));
    const passed = Array.from({ length: 130 }, () => limit.admits("info")).filter((passes) => passes).length;
    assert.equal(passed, 100);
    assert.ok(limit.admits("error"));
    limit.flush();
    assert.deepEqual(told, ["info 30"]);
    assert.ok(limit.admits("info"), "a new window has begun");
    limit.flush();
    assert.equal(told.length, 1);
  });
});
