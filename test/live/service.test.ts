import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { EXIT } from "../../src/cli/exit.js";
import { NotifyListener } from "../service/notify_listener.js";
import { Agent } from "../support/agent.js";
import { describeLive } from "../support/live.js";

describeLive("the agent under a service manager", () => {
  let folder: string;
  let manager: NotifyListener;
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), "wallwatch-service-"));
    manager = await NotifyListener.start(join(folder, "notify"));
  });
  afterEach(async () => {
    await manager.stop();
    rmSync(folder, { recursive: true });
  });

  it("says when it watches, that it lives, what it has seen, and that it ends", async () => {
    const agent = await Agent.start({
      folder,
      env: { NOTIFY_SOCKET: join(folder, "notify"), WATCHDOG_USEC: "1500000" },
    });
    const heard = manager.heard;
    try {
      const ready = await heard.first((line) => line.includes("READY=1"), "word that it watches");
      assert.match(
        ready,
        new RegExp(`^${agent.pid} READY=1\\|STATUS=\\d+ execs, 0 alerts; (kernel|proc) lane, \\d+ rules$`),
      );
      assert.equal(heard.items[1], ready);
      await agent.fence();
      const from = heard.items.length;
      await heard.first((line) => line.endsWith("WATCHDOG=1"), "word that it lives", undefined, from);
      await heard.first((line) => /STATUS=\d+ execs, 1 alerts/.test(line), "status with the alert");
    } finally {
      assert.equal(await agent.stop(), EXIT.ok);
    }
    await heard.first((line) => line.includes("STOPPING=1"), "word that it ends");
    assert.ok(heard.items.slice(1).every((line) => line.startsWith(`${agent.pid} `)));
  });

  it("is not ready, and says nothing, where it cannot watch", async () => {
    await assert.rejects(
      Agent.start({ folder, env: { NOTIFY_SOCKET: join(folder, "notify") }, config: "[rules]\nshipped = false\n" }),
      /ended with 78/,
    );
    assert.deepEqual(manager.heard.items, ["listening"]);
  });
});
