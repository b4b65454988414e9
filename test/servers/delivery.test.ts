import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";

import { ROOT } from "../support/programs.js";
import { Proof } from "./proof.js";
import { SERVER_RELEASES } from "./releases.js";
import { useCluster } from "./use.js";

const run = promisify(execFile);
const MAIN = join(ROOT, "dist", "src", "main.js");

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
      const other = await Proof.begin({ cluster: used.cluster, template: false });
      try {
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

    it("takes the templates of wallwatch setup, and then refuses no value that is of another type", async () => {
      const other = await Proof.begin({ cluster: used.cluster, template: false, faultEvery: 5 });
      try {
        const { stdout } = await run(process.execPath, [MAIN, "setup", "--config", other.configuration]);
        assert.match(stdout, new RegExp(`installed ${other.stream}`));
        const agent = await other.start({ total: 20, burst: 20, pause: 1 });
        const { deadLetters } = await agent.until("all has arrived", ({ isDone }) => isDone);
        assert.equal(deadLetters, 0);
        const client = used.cluster.client();
        await client.json("POST", `/${other.stream}/_refresh`);
        for (const [field, value] of Object.entries({
          "process.name": "iptables",
          "event.kind": "alert",
          "host.name": "host-1",
        })) {
          const { count } = await client.json("POST", `/${other.stream}/_count`, {
            query: { term: { [field]: value } },
          });
          assert.equal(count, 20, field);
        }
      } finally {
        await other.end();
      }
    });
  });
}
