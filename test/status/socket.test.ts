import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { chmodSync, existsSync, mkdtempSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { AnswerError, ask } from "../../src/status/client.js";
import { SocketInUseError, StatusSocket } from "../../src/status/socket.js";

const PATIENCE = 10_000;

describe("the status socket", () => {
  let folder: string;
  let path: string;
  const open: StatusSocket[] = [];
  const listen = async (answer: (request: string) => object | Promise<object>): Promise<StatusSocket> => {
    const socket = await StatusSocket.open(path, answer);
    open.push(socket);
    return socket;
  };
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "wallwatch-status-"));
    path = join(folder, "run", "status.sock");
  });
  afterEach(async () => {
    for (const socket of open.splice(0)) await socket.close();
    rmSync(folder, { recursive: true });
  });

  it("answers one line with one object", async () => {
    await listen((request) => ({ asked: request }));
    assert.deepEqual(await ask(path, "status", PATIENCE), { asked: "status" });
    assert.deepEqual(await ask(path, "log-level debug", PATIENCE), { asked: "log-level debug" });
  });

  it("is for its user and its group only, and nothing else is left in its folder", async () => {
    await listen(() => ({}));
    assert.equal(statSync(path).mode & 0o777, 0o660);
    assert.equal(statSync(join(folder, "run")).mode & 0o777, 0o750);
    assert.deepEqual(readdirSync(join(folder, "run")), ["status.sock"]);
  });

  it("takes the place of a file that an earlier process left, and goes away at the end", async () => {
    const first = await listen(() => ({ is: 1 }));
    chmodSync(join(folder, "run"), 0o700);
    await first.close();
    assert.ok(!existsSync(path));
    writeFileSync(path, "left over");
    const second = await listen(() => ({ is: 2 }));
    assert.deepEqual(await ask(path, "", PATIENCE), { is: 2 });
    await second.close();
    assert.ok(!existsSync(path));
  });

  it("takes the place of a socket that nobody answers", async () => {
    const first = createServer();
    first.listen(`${folder}/dead`);
    await once(first, "listening");
    path = join(folder, "dead");
    // What a kill leaves: a file whose listener is gone.
    renameSync(path, `${path}.moved`);
    first.close();
    await once(first, "close");
    renameSync(`${path}.moved`, path);
    await assert.rejects(ask(path, "ping", PATIENCE), { code: "ECONNREFUSED" });
    await listen(() => ({ is: "new" }));
    assert.deepEqual(await ask(path, "", PATIENCE), { is: "new" });
  });

  it("takes the place of a socket whose process ends while it is asked", async () => {
    path = join(folder, "ending");
    // It takes no connection, as its one thread waits, and goes.
    const code = `const { readSync, writeSync } = require("node:fs");
      require("node:net").createServer().listen(${JSON.stringify(path)}, () => {
        writeSync(1, "listening");
        readSync(0, Buffer.alloc(1));
        process.exit();
      });`;
    const ending = spawn(process.execPath, ["-e", code], { stdio: ["pipe", "pipe", "inherit"] });
    await once(ending.stdout, "data");
    const asked = ask(path, "ping", PATIENCE);
    const opened = listen(() => ({ is: "new" }));
    ending.stdin.end("x");
    await assert.rejects(asked, /ECONNRESET|EPIPE/);
    await opened;
    assert.deepEqual(await ask(path, "", PATIENCE), { is: "new" });
  });

  it("leaves alone one at which another process answers", async () => {
    await listen(() => ({ is: "first" }));
    await assert.rejects(
      StatusSocket.open(path, () => ({ is: "second" })),
      SocketInUseError,
    );
    assert.deepEqual(await ask(path, "", PATIENCE), { is: "first" });
  });

  it("tells what went wrong as the answer", async () => {
    await listen(() => Promise.reject(new Error("no such thing")));
    assert.deepEqual(await ask(path, "x", PATIENCE), { error: "no such thing" });
  });

  it("hangs up on a request without end, and goes on", async () => {
    await listen(() => ({ is: "there" }));
    const socket = connect(path);
    socket.on("error", () => undefined); // it may be cut while it still writes
    socket.write("x".repeat(100_000));
    await new Promise((resolve) => socket.once("close", resolve));
    assert.deepEqual(await ask(path, "", PATIENCE), { is: "there" });
  });

  it("gives an error where nobody listens, or what listens is something else", async () => {
    await assert.rejects(ask(path, "status", PATIENCE), { code: "ENOENT" });
    const other = createServer((socket) => socket.end("220 mail\n"));
    path = join(folder, "other");
    other.listen(path);
    await once(other, "listening");
    await assert.rejects(ask(path, "status", PATIENCE), AnswerError);
    await assert.rejects(
      StatusSocket.open(path, () => ({})),
      SocketInUseError,
    );
    other.close();
  });

  it("gives up on one that does not answer", async () => {
    await listen(() => new Promise(() => undefined));
    await assert.rejects(ask(path, "status", 50), { code: "ETIMEDOUT" });
  });
});
