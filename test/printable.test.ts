import assert from "node:assert/strict";

import { commandText } from "../src/printable.js";

describe("a command as text", () => {
  const tables: readonly (readonly string[])[] = [
    ["iptables", "-F"],
    ["a b", "", 'c"d', "e\\f"],
    ["\u0001\n\u001b", "\u202e", "x".repeat(100)],
    ["😀".repeat(50)],
    ["plain", `later a space${" ".repeat(100)}`],
    [],
  ];
  for (const args of tables) {
    it(`begins the same where only its beginning is wanted: ${JSON.stringify(args).slice(0, 40)}`, () => {
      const whole = commandText(args);
      for (let length = 0; length <= whole.length + 1; length++) {
        const begun = commandText(args, length);
        assert.equal(begun.slice(0, length), whole.slice(0, length));
        assert.equal(begun.length > length, whole.length > length);
      }
    });
  }

  it("does not go on with what is not wanted", () => {
    const args = Array<string>(1000).fill("\u0001".repeat(1000));
    assert.ok(commandText(args, 100).length < 1000);
  });
});
