import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { CommandError, EXIT } from "../../src/cli/exit.js";
import { command } from "../../src/cli/status.js";
import { StatusSocket } from "../../src/status/socket.js";
import { SNAPSHOT } from "../status/snapshot.js";

describe("wallwatch status", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "wallwatch-status-"));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const others: readonly (readonly [what: string, answer: object, told: RegExp])[] = [
    ["refuses, as one that knows no such request does", { error: "no \u001b[2J" }, /this version: no \\e\[2J\.$/],
    ["is of another version", { ...SNAPSHOT, log: undefined }, /no wallwatch of this version\.$/],
  ];
  for (const [what, answer, told] of others) {
    it(`says so where what answers ${what}`, async () => {
      const path = join(folder, "status.sock");
      const socket = await StatusSocket.open(path, () => answer);
      try {
        await assert.rejects(command.run(["--socket", path]), (error) => {
          assert.ok(error instanceof CommandError);
          assert.deepEqual([error.exitCode, told.test(error.message)], [EXIT.failure, true], error.message);
          return true;
        });
      } finally {
        await socket.close();
      }
    });
  }
});
