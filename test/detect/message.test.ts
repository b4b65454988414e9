import assert from "node:assert/strict";

import { sentenceOf } from "../../src/detect/message.js";

describe("the sentence of an alert", () => {
  for (const [what, document, sentence] of [
    [
      "says who logged in, and from where",
      {
        user: { name: "root" },
        wallwatch: { login: { user: { name: "alice" } } },
        source: { ip: "203.0.113.7" },
        process: { args: ["ufw", "disable"], parent: { args: ["sudo", "ufw", "disable"] } },
        host: { name: "web-1" },
      },
      "root ran `ufw disable` on web-1, logged in as alice from 203.0.113.7, started by `sudo ufw disable`.",
    ],
    [
      "does not say twice who it was",
      {
        user: { name: "root" },
        wallwatch: { login: { user: { name: "root" } } },
        source: { address: "jump.example" },
        process: { args: ["x"] },
      },
      "root ran `x`, logged in from jump.example.",
    ],
    [
      "names users by number where they have no name, and the container",
      {
        user: { id: "1000" },
        wallwatch: { login: { user: { id: "1001" } } },
        container: { id: "0123456789abcdef" },
        process: { args: ["x"] },
      },
      "uid 1000 ran `x` in container 0123456789ab, logged in as uid 1001.",
    ],
    [
      "takes the name where there are no arguments",
      { process: { name: "ufw", parent: { thread: { name: "kthreadd" } } } },
      "somebody ran `ufw`, started by `kthreadd`.",
    ],
    [
      "lets no control character through",
      { user: { name: "root" }, process: { args: ["iptables", "\u001b[2J\n", "a b", ""] } },
      'root ran `iptables "\\e[2J\\n" "a b" ""`.',
    ],
    ["knows what is missing", {}, "somebody ran `a program`."],
  ] as const) {
    it(what, () => assert.equal(sentenceOf(document), sentence));
  }

  it("stays short", () => {
    const long = ["x".repeat(10_000)];
    assert.ok(sentenceOf({ process: { args: long, parent: { args: long } } }).length < 400);
  });
});
