import assert from "node:assert/strict";

import { Proof } from "./proof.js";
import { serverRelease } from "./releases.js";
import { useCluster } from "./use.js";

const TOTAL = 30_000;
const SLOW_TOTAL = 10_000;
/** How often a server that is away is tried in a day: every 30 seconds. */
const TRIES_OF_A_DAY = 2880;
/** MB. The alerts alone, held in memory, would be 50 MB of lines and several times that as objects. */
const LIMIT = 120;

describe("the memory of an agent whose server is away or slow", function () {
  this.timeout(300_000);
  const used = useCluster({ release: serverRelease("opensearch-3") });
  let proof: Proof;
  beforeEach(async () => (proof = await Proof.begin({ cluster: used.cluster })));
  afterEach(() => proof.end());

  it("stays bounded in an outage with as many tries as a day has, and all arrives after it", async () => {
    for (const proxy of proof.proxies) proxy.isRefusing = true;
    // The day goes by faster: a try every millisecond instead of every 30 seconds.
    const agent = await proof.start({ total: TOTAL, burst: 100, pause: 10, delays: { first: 1, most: 1 } });
    const { waiting, sent } = await agent.until(
      "the day is over",
      ({ appended, retries }) => appended === TOTAL && retries >= TRIES_OF_A_DAY,
    );
    assert.deepEqual([waiting, sent], [TOTAL, 0]);
    for (const proxy of proof.proxies) proxy.isRefusing = false;
    await agent.until("all has arrived", ({ isDone }) => isDone);
    console.log(`      at most ${Math.round(agent.mostMemory)} MB`);
    assert.ok(agent.mostMemory < LIMIT, `${agent.mostMemory} MB`);
    await proof.assertComplete(TOTAL);
  });

  it("stays bounded while the server is slow", async () => {
    for (const proxy of proof.proxies) proxy.trouble = () => ({ pace: 400_000, delay: 20 });
    const agent = await proof.start({ total: SLOW_TOTAL, burst: 500, pause: 5 });
    await agent.until("all has arrived", ({ isDone }) => isDone);
    console.log(`      at most ${Math.round(agent.mostMemory)} MB`);
    assert.ok(agent.mostMemory < LIMIT, `${agent.mostMemory} MB`);
    await proof.assertComplete(SLOW_TOTAL);
  });
});
