import assert from "node:assert/strict";

import { ServerClient } from "./client.js";
import { serverRelease } from "./releases.js";
import { useCluster } from "./use.js";

describe("a server for tests", () => {
  const used = useCluster({ release: serverRelease("opensearch-3") });

  it("keeps what it has acknowledged when it is killed and started again", async () => {
    const { cluster } = used;
    await cluster.client().json("PUT", "/kept/_create/1", { name: "kept" });
    await cluster.kill();
    await assert.rejects(cluster.client().send("GET", "/"));
    await cluster.restart();
    const { _source: source } = await cluster.client().json("GET", "/kept/_doc/1");
    assert.deepEqual(source, { name: "kept" });
  });
});

describe("a cluster of three nodes with TLS and users", () => {
  const used = useCluster({ release: serverRelease("elasticsearch-9"), nodes: 3, secure: true });

  it("lets nobody in whose authority or password is another", async () => {
    const { ca, credentials, url } = used.cluster.client().target;
    const password = { url, ca, credentials: { user: "administrator", password: "another" } };
    assert.equal((await new ServerClient(password).send("GET", "/_cluster/health")).status, 401);
    await assert.rejects(new ServerClient({ url, credentials }).send("GET", "/_cluster/health"), {
      code: "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
    });
  });

  it("goes on with two of its nodes", async () => {
    const { cluster } = used;
    await cluster.client().json("PUT", "/kept", { settings: { number_of_shards: 1, number_of_replicas: 2 } });
    await cluster.client().json("PUT", "/kept/_create/1?wait_for_active_shards=all", { name: "kept" });
    await cluster.kill(0);
    const { _source: source } = await cluster.client(1).json("GET", "/kept/_doc/1");
    assert.deepEqual(source, { name: "kept" });
    await cluster.restart(0);
    const { number_of_nodes: nodes } = await cluster.client(0).json("GET", "/_cluster/health");
    assert.equal(nodes, 3);
  });
});
