import assert from "node:assert/strict";

import { Proof } from "./proof.js";
import { SERVER_RELEASES } from "./releases.js";
import { useCluster } from "./use.js";

/** Every so many alerts the mapping refuses one. */
const FAULT_EVERY = 7;

for (const release of SERVER_RELEASES) {
  describe(`delivery to ${release.name} ${release.version}`, function () {
    this.timeout(180_000);
    const used = useCluster({ release });
    let proof: Proof;
    before(async () => (proof = await Proof.begin({ cluster: used.cluster, faultEvery: FAULT_EVERY })));
    after(() => proof.end());
    let total = 0;

    it("makes a dead letter of what the mapping refuses, and only of that", async () => {
      total += 100;
      const agent = await proof.start({ total, burst: 100, pause: 1 });
      await agent.until("all has arrived", ({ isDone }) => isDone);
      await proof.assertComplete(total);
    });

    it("takes what is there already for arrived", async () => {
      await proof.agent?.kill();
      proof.forgetCursors();
      total += 20;
      const agent = await proof.start({ total, burst: 20, pause: 1 });
      const { sent } = await agent.until("all has arrived", ({ isDone }) => isDone);
      assert.equal(sent, total - Math.floor(total / FAULT_EVERY));
      await proof.assertComplete(total);
    });

    it("sends nothing twice that was sent before a rollover", async () => {
      await proof.rollOver();
      await proof.agent?.kill();
      proof.forgetCursors();
      total += 20;
      const agent = await proof.start({ total, burst: 20, pause: 1 });
      await agent.until("all has arrived", ({ isDone }) => isDone);
      await proof.assertComplete(total);
    });

    it("holds while the index must not be written, and goes on by itself", async () => {
      await proof.agent?.kill();
      await proof.set({ "index.blocks.write": true });
      total += 20;
      const agent = await proof.start({ total, burst: 20, pause: 1 });
      const { holding } = await agent.until("it holds", (status) => status.holding !== undefined);
      assert.match(holding ?? "", /403.*index write/);
      await proof.set({ "index.blocks.write": null });
      await agent.until("all has arrived", ({ isDone }) => isDone);
      await proof.assertComplete(total);
    });

    it("holds while the disk is too full, and goes on by itself", async () => {
      await proof.agent?.kill();
      await proof.set({ "index.blocks.read_only_allow_delete": true });
      total += 20;
      const agent = await proof.start({ total, burst: 20, pause: 1 });
      const { holding } = await agent.until("it holds", (status) => status.holding !== undefined);
      assert.match(holding ?? "", /429.*flood-stage/);
      await proof.set({ "index.blocks.read_only_allow_delete": null });
      await agent.until("all has arrived", ({ isDone }) => isDone);
      await proof.assertComplete(total);
    });

    it("holds while there is no template, and makes no plain index", async () => {
      const other = await Proof.begin({ cluster: used.cluster, throughProxy: false });
      try {
        await other.removeTemplate();
        const agent = await other.start({ total: 20, burst: 20, pause: 1 });
        const { holding } = await agent.until("it holds", (status) => status.holding !== undefined);
        assert.match(holding ?? "", /template/);
        assert.equal(await other.hasStream(), false);
        await other.installTemplate();
        await agent.until("all has arrived", ({ isDone }) => isDone);
        await other.assertComplete(20);
      } finally {
        await other.end();
      }
    });
  });
}
