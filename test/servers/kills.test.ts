import { setTimeout as delay } from "node:timers/promises";

import type { Trouble } from "./chaos_proxy.js";
import { Proof } from "./proof.js";
import { serverRelease } from "./releases.js";
import { useCluster } from "./use.js";

/** Alerts of one proof. */
const TOTAL = 20_000;
/** How often the agent is killed: as often as asked for, but no longer than this takes. */
const KILLS = Number(process.env["PROOF_KILLS"] ?? 200);
const KILLING = process.env["PROOF_KILLS"] === undefined ? 80_000 : Number.POSITIVE_INFINITY;
/** ms of a test; a life of the agent takes a second, and several on a busy machine. */
const PATIENCE = Math.max(600_000, 5000 * KILLS);

function random(least: number, most: number): number {
  return least + Math.random() * (most - least);
}

/** Half of the connections are left alone; the others are cut somewhere, in a request or in an answer, or are slow. */
function someTrouble(): Trouble {
  const dice = Math.random();
  if (dice < 0.15) return { cutRequestAfter: Math.round(random(1, 60_000)) };
  // An answer that says that all is well is short.
  if (dice < 0.35) return { cutAnswerAfter: Math.round(random(1, 3000)) };
  if (dice < 0.5) return { delay: Math.round(random(1, 100)) };
  return {};
}

for (const name of ["elasticsearch-9", "opensearch-3"]) {
  describe(`every alert once in ${name}`, function () {
    this.timeout(PATIENCE);
    const used = useCluster({ release: serverRelease(name) });
    let proof: Proof | undefined;
    afterEach(() => proof?.end());

    const kills = name === "elasticsearch-9" ? KILLS : Math.ceil(KILLS / 10);
    it(`while the agent is killed ${kills} times, connections are cut and the data stream rolls over`, async () => {
      proof = await Proof.begin({ cluster: used.cluster });
      for (const proxy of proof.proxies) proxy.trouble = someTrouble;
      const deadline = performance.now() + KILLING;
      let killed = 0;
      for (; killed < kills && performance.now() < deadline; killed++) {
        // As many alerts more in each life as bring it to the total in the last one.
        const total = Math.ceil((TOTAL * (killed + 1)) / kills);
        const agent = await proof.start({ total, burst: 20, pause: 5 });
        await delay(random(0, 250));
        await agent.kill();
        if (killed % 20 === 10) await rollOver(proof);
      }
      const agent = await proof.start({ total: TOTAL, burst: 200, pause: 5 });
      await rollOver(proof);
      await agent.until("all has arrived", ({ isDone }) => isDone);
      const [proxy] = proof.proxies;
      console.log(`      killed ${killed} times; ${JSON.stringify(proxy?.counts)}`);
      await proof.assertComplete(TOTAL);
    });

    it("while the server is killed and started again", async () => {
      proof = await Proof.begin({ cluster: used.cluster, faultEvery: 500 });
      const agent = await proof.start({ total: TOTAL, burst: 10, pause: 10 });
      for (const share of [0.2, 0.6]) {
        await agent.until("some have arrived", ({ sent }) => sent > TOTAL * share);
        await delay(random(0, 200));
        await used.cluster.kill();
        await used.cluster.restart();
        await rollOver(proof);
      }
      await agent.until("all has arrived", ({ isDone }) => isDone);
      await proof.assertComplete(TOTAL);
    });
  });
}

/** There is nothing to roll over before the first alert has arrived. */
async function rollOver(proof: Proof): Promise<void> {
  if (await proof.hasStream()) await proof.rollOver();
}
