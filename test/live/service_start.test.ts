import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { EXIT } from "../../src/cli/exit.js";
import type { RunRecord } from "../../src/service/run_record.js";
import { ask } from "../../src/status/client.js";
import { NotifyListener } from "../service/notify_listener.js";
import { Agent, field, type Alert } from "../support/agent.js";
import { describeLive } from "../support/live.js";
import { USUAL } from "../support/patience.js";

describeLive("the beginning of the service, where another program is slow at its socket", () => {
  let folder: string;
  let manager: NotifyListener;
  let mute: Server;
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), "wallwatch-start-"));
    manager = await NotifyListener.start(join(folder, "notify"));
    // It takes connections and does not answer, so that it costs a second to see that nobody does.
    mute = createServer((socket) => socket.on("error", () => socket.destroy()).resume());
    mute.listen(join(folder, "status.sock"));
    await once(mute, "listening");
  });
  afterEach(async () => {
    await manager.stop();
    mute.close();
    rmSync(folder, { recursive: true });
  });
  const start = (): Promise<Agent> => Agent.start({ folder, env: { NOTIFY_SOCKET: join(folder, "notify") } });

  it("is told to the service manager when status gets an answer", async () => {
    const agent = await start();
    try {
      await manager.heard.first((line) => line.includes("READY=1"), "word that it watches");
      assert.deepEqual(await ask(join(folder, "status.sock"), "ping", USUAL), { pid: agent.pid });
    } finally {
      assert.equal(await agent.stop(), EXIT.ok);
    }
  });

  it("is told before the end, which comes at once", async () => {
    const agent = await start();
    assert.equal(await agent.stop(), EXIT.ok);
    const lines = readFileSync(agent.log, "utf8").trimEnd().split("\n");
    const actions = lines.map((line) => field(JSON.parse(line) as Alert, "event.action"));
    assert.deepEqual(actions, ["agent-started", "agent-stopped"]);
    const record = JSON.parse(readFileSync(join(folder, "state", "run.json"), "utf8")) as RunRecord;
    assert.equal(record.end?.how, "stopped");
    assert.ok(!manager.heard.items.some((line) => line.includes("READY=1")), manager.heard.items.join("\n"));
  });
});
