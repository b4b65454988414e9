import assert from "node:assert/strict";

import { nearestName } from "../../src/toml/nearest.js";

describe("the nearest name", () => {
  const known = ["path", "memory", "canary_interval", "tags"];
  for (const [typed, meant] of [
    ["paht", "path"],
    ["pat", "path"],
    ["Memory", "memory"],
    ["memmory", "memory"],
    ["canaryinterval", "canary_interval"],
    ["tag", "tags"],
    ["interval", undefined],
    ["x", undefined],
    ["", undefined],
  ] as const) {
    it(`of "${typed}" is ${meant ?? "none"}`, () => assert.equal(nearestName(typed, known), meant));
  }
});
