import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type AddressInfo, type Server, type Socket } from "node:net";

import { ChaosProxy } from "./chaos_proxy.js";
import { ServerClient } from "./client.js";

/** Answers every request with 200 once its end, an empty line, is there. */
async function startServer(received: number[]): Promise<Server> {
  const server = createServer((socket) => {
    let text = "";
    socket.on("error", () => socket.destroy());
    socket.on("data", (chunk) => {
      text += chunk.toString();
      received.push(chunk.length);
      if (text.includes("\r\n\r\n")) socket.end("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello");
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return server;
}

describe("the proxy that makes trouble", () => {
  let server: Server;
  let proxy: ChaosProxy;
  let received: number[];
  beforeEach(async () => {
    received = [];
    server = await startServer(received);
    proxy = await ChaosProxy.start(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  });
  afterEach(async () => {
    await proxy.close();
    await new Promise((resolve) => server.close(resolve));
  });

  const ask = async (): Promise<string> => (await new ServerClient({ url: proxy.url }).send("GET", "/")).text;

  it("leaves connections alone", async () => {
    assert.equal(await ask(), "hello");
  });

  it("cuts a request: the server gets the beginning of it", async () => {
    proxy.trouble = () => ({ cutRequestAfter: 10 });
    const ended = once(server, "connection").then(([socket]: Socket[]) => socket && once(socket, "end"));
    await assert.rejects(ask(), { code: "ECONNRESET" });
    await ended;
    assert.deepEqual([received.reduce((sum, bytes) => sum + bytes, 0), proxy.counts.cutRequests], [10, 1]);
  });

  it("cuts an answer: the server has got all of the request", async () => {
    proxy.trouble = () => ({ cutAnswerAfter: 30 });
    await assert.rejects(ask(), { code: "ECONNRESET" });
    assert.ok(received.reduce((sum, bytes) => sum + bytes, 0) > 30);
    assert.equal(proxy.counts.cutAnswers, 1);
  });

  it("refuses, and lets through again", async () => {
    proxy.isRefusing = true;
    await assert.rejects(ask(), { code: "ECONNRESET" });
    proxy.isRefusing = false;
    assert.equal(await ask(), "hello");
  });

  it("holds answers back", async () => {
    proxy.trouble = () => ({ delay: 50 });
    const start = performance.now();
    assert.equal(await ask(), "hello");
    assert.ok(performance.now() - start >= 50);
  });
});
