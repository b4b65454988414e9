import { UnavailableError } from "./cache.js";
import { Cluster, type ClusterOptions } from "./cluster.js";

/** ms for the download and the start. */
const PATIENCE = 600_000;

/**
 * Gives the suite around it a cluster, which is started before its first test and removed after its last one. Where it
 * cannot be had, the suite is skipped, and a line on stderr says why.
 */
export function useCluster(options: ClusterOptions): { readonly cluster: Cluster } {
  let cluster: Cluster | undefined;
  before(async function () {
    this.timeout(PATIENCE);
    try {
      cluster = await Cluster.start(options);
    } catch (error) {
      if (!(error instanceof UnavailableError)) throw error;
      console.warn(`skipped, ${error.message}: ${this.test?.parent?.fullTitle() ?? ""}`);
      this.skip();
    }
  });
  after(async function () {
    this.timeout(PATIENCE);
    await cluster?.remove();
  });
  return {
    get cluster() {
      if (cluster === undefined) throw new Error("the cluster is there only while the suite's tests run");
      return cluster;
    },
  };
}
