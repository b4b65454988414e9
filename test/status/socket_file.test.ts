import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { listening } from "../../src/status/socket_file.js";

describe("a server", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "wallwatch-listening-"));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it("that cannot listen says why", async () => {
    const server = createServer();
    await assert.rejects(
      listening(server, (done) => server.listen(join(folder, "none", "s"), done)),
      { code: /^(ENOENT|EACCES)$/ },
    );
  });

  it("goes on after connections that could not be taken", async () => {
    const path = join(folder, "s");
    const server = createServer((socket) => socket.end("here"));
    await listening(server, (done) => server.listen(path, done));
    // As node:net tells of accept(2).
    for (let i = 0; i < 3; i++) server.emit("error", Object.assign(new Error("accept EMFILE"), { code: "EMFILE" }));
    const [greeting] = (await once(connect(path), "data")) as [Buffer];
    assert.equal(greeting.toString(), "here");
    server.close();
  });
});
