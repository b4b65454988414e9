import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { makeCertificates, readAuthority } from "./certificates.js";
import { Proof } from "./proof.js";
import { serverRelease } from "./releases.js";
import { useCluster } from "./use.js";
import type { FileUser } from "./users.js";

const TOTAL = 5000;
/** The privileges that docs/delivery.md names, and no others. */
const ROLES = {
  wallwatch: {
    indices: [{ names: ["logs-wallwatch.*"], privileges: ["auto_configure", "create_doc", "read", "maintenance"] }],
  },
};

function writer(password: string): FileUser {
  return { user: "wallwatch", password, role: "wallwatch" };
}

describe("every alert once in a cluster of three nodes with TLS and users", function () {
  this.timeout(300_000);
  const used = useCluster({
    release: serverRelease("elasticsearch-8"),
    nodes: 3,
    secure: true,
    users: [writer("the first password")],
    roles: ROLES,
  });
  let proof: Proof;
  beforeEach(async () => {
    await used.cluster.setUsers([writer("the first password")]);
    proof = await Proof.begin({ cluster: used.cluster, secret: "the first password" });
  });
  afterEach(() => proof.end());

  it("while one of the nodes is killed, the one that it sends to", async () => {
    const agent = await proof.start({ total: TOTAL, burst: 10, pause: 5 });
    await agent.until("some have arrived", ({ sent }) => sent > TOTAL / 4);
    await used.cluster.kill(0);
    await agent.until("all has arrived", ({ isDone }) => isDone);
    await proof.assertComplete(TOTAL, used.cluster.client(1));
    await used.cluster.restart(0);
    await proof.assertComplete(TOTAL);
  });

  it("while the password is changed: it holds, and goes on with the new one without a restart", async () => {
    const agent = await proof.start({ total: TOTAL, burst: 10, pause: 5 });
    await agent.until("some have arrived", ({ sent }) => sent > TOTAL / 4);
    await used.cluster.setUsers([writer("the second password")]);
    const { holding } = await agent.until("it holds", (status) => status.holding !== undefined);
    assert.match(holding ?? "", /401/);
    assert.doesNotMatch(JSON.stringify(agent.status), /the (first|second) password/);
    proof.writeSecret("the second password");
    await agent.until("all has arrived", ({ isDone }) => isDone);
    await proof.assertComplete(TOTAL);
  });

  it("while its authority is another: it sends nothing to a server that it cannot verify", async () => {
    const folder = mkdtempSync(join(tmpdir(), "wallwatch-authority-"));
    proof.trust(readAuthority(makeCertificates(folder)));
    rmSync(folder, { recursive: true });
    const agent = await proof.start({ total: 10, burst: 10, pause: 1 });
    const { holding, sent } = await agent.until("it holds", (status) => status.holding !== undefined);
    assert.match(holding ?? "", /certificate/i);
    assert.equal(sent, 0);
    proof.trust();
    await agent.until("all has arrived", ({ isDone }) => isDone);
    await proof.assertComplete(10);
  });
});

describe("every alert once in a server that is too busy", function () {
  this.timeout(300_000);
  const used = useCluster({
    release: serverRelease("opensearch-2"),
    settings: { "thread_pool.write.size": 1, "thread_pool.write.queue_size": 1 },
  });

  it("while others fill its queue, so that it refuses some documents of a request, or all", async () => {
    const proof = await Proof.begin({ cluster: used.cluster, throughProxy: false, faultEvery: 100 });
    try {
      const client = used.cluster.client();
      let isOver = false;
      let refusals = 0;
      // Shards of others whose writes wait in the same queue.
      const others = Array.from({ length: 8 }, async (_, other) => {
        for (let n = 0; !isOver; n++) {
          const body = Array.from(
            { length: 20 },
            (_, i) => `{"create":{"_index":"other-${other}-${i % 4}"}}\n{"n":${n}}\n`,
          ).join("");
          const { text } = await client.send("POST", "/_bulk", body);
          if (text.includes("rejected_execution")) refusals++;
        }
      });
      const agent = await proof.start({ total: TOTAL, burst: 10, pause: 5 });
      const { retries } = await agent.until("it was refused", (status) => status.retries > 3 || status.isDone);
      isOver = true;
      await Promise.all(others);
      await agent.until("all has arrived", ({ isDone }) => isDone);
      console.log(`      others were refused ${refusals} times, the agent ${retries} times`);
      assert.ok(retries > 0);
      await proof.assertComplete(TOTAL);
    } finally {
      await proof.end();
    }
  });
});
