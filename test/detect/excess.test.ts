import assert from "node:assert/strict";

import { withoutExcess } from "../../src/detect/excess.js";

describe("what is too long for an alert", () => {
  const long = "x".repeat(100_000);
  const cut = `${"x".repeat(32_767)}…`;

  it("is cut in command lines and in the arguments of leaders, and named", () => {
    const process = { args: ["a", long], args_count: 2, command_line: `a ${long}` };
    const line = `a ${cut.slice(2)}`;
    const document = {
      process: { ...process, parent: process, session_leader: process, group_leader: { pid: 1, command_line: "b" } },
      wallwatch: { ancestors: [process, { command_line: "b" }], incident: { id: "c" } },
    };
    assert.deepEqual(withoutExcess(document), {
      process: {
        ...process,
        command_line: line,
        parent: { ...process, command_line: line },
        session_leader: { args: ["a", cut.slice(2)], args_count: 2, command_line: line },
        group_leader: { pid: 1, command_line: "b" },
      },
      wallwatch: {
        ancestors: [{ ...process, command_line: line }, { command_line: "b" }],
        incident: { id: "c" },
        cut: [
          "process.command_line",
          "process.parent.command_line",
          "process.session_leader.command_line",
          "process.session_leader.args",
          "wallwatch.ancestors.command_line",
        ],
      },
    });
  });

  it("counts arguments that are many and empty", () => {
    const args = Array<string>(100_000).fill("");
    const { process } = withoutExcess({ process: { args, entry_leader: { args } } });
    const { entry_leader: leader, args: own } = process as { entry_leader: { args: string[] }; args: string[] };
    assert.ok(leader.args.length < 33_000);
    assert.equal(own, args);
  });

  it("leaves a document alone in which nothing is", () => {
    const document = {
      process: { args: ["a"], command_line: "a", parent: { args: [long] }, session_leader: { args: ["b"] } },
    };
    assert.equal(withoutExcess(document), document);
    const other = { process: "text", wallwatch: { ancestors: ["text"] } };
    assert.equal(withoutExcess(other), other);
  });
});
