import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
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

  it("says that it does not answer where it hangs up, as one that is about to end does", async () => {
    const path = join(folder, "status.sock");
    const server = createServer((socket) => socket.destroy());
    server.listen(path);
    await once(server, "listening");
    try {
      await assert.rejects(command.run(["--socket", path]), (error) => {
        assert.ok(error instanceof CommandError, String(error));
        assert.deepEqual([error.exitCode, error.message], [EXIT.notRunning, `wallwatch does not answer at ${path}.`]);
        return true;
      });
    } finally {
      server.close();
    }
  });
});
