import assert from "node:assert/strict";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { MetricsServer } from "../../src/metrics/server.js";

interface Answer {
  readonly status: number | undefined;
  readonly type: string | undefined;
  readonly body: string;
}

function ask(options: object, path: string, method = "GET"): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const asked = request({ ...options, path, method, agent: false }, (response) => {
      let body = "";
      response.setEncoding("utf8");
      response.on("data", (chunk: string) => (body += chunk));
      response.on("end", () => {
        resolve({ status: response.statusCode, type: response.headers["content-type"], body });
      });
    });
    asked.on("error", reject);
    asked.end();
  });
}

describe("the metrics' server", () => {
  const open: MetricsServer[] = [];
  afterEach(async () => {
    for (const server of open.splice(0)) await server.close();
  });
  const serve = async (address: Parameters<typeof MetricsServer.open>[0]): Promise<MetricsServer> => {
    const server = await MetricsServer.open(address, () => "a 1\n");
    open.push(server);
    return server;
  };

  it("answers at /metrics of a port, and nowhere else", async () => {
    const { port } = await serve({ host: "127.0.0.1", port: 0 });
    const at = { host: "127.0.0.1", port };
    assert.deepEqual(await ask(at, "/metrics"), {
      status: 200,
      type: "text/plain; version=0.0.4; charset=utf-8",
      body: "a 1\n",
    });
    assert.equal((await ask(at, "/metrics?x=1")).status, 200);
    assert.equal((await ask(at, "/metrics", "HEAD")).body, "");
    assert.equal((await ask(at, "/")).status, 404);
    assert.equal((await ask(at, "/metrics", "POST")).status, 405);
  });

  it("answers at a path, for its user and its group, and leaves nothing behind", async () => {
    const folder = mkdtempSync(join(tmpdir(), "wallwatch-metrics-"));
    try {
      const socketPath = join(folder, "metrics.sock");
      const server = await serve({ path: socketPath });
      assert.equal((await ask({ socketPath }, "/metrics")).body, "a 1\n");
      assert.equal(statSync(socketPath).mode & 0o777, 0o660);
      await server.close();
      open.pop();
      assert.equal(statSync(socketPath, { throwIfNoEntry: false }), undefined);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it("says what is wrong with its address", async () => {
    const { port = 0 } = await serve({ host: "127.0.0.1", port: 0 });
    await assert.rejects(serve({ host: "127.0.0.1", port }), { code: "EADDRINUSE" });
  });
});
