// npm run servers -- [NAME...] [--nodes N] [--tls]: servers to try wallwatch with, until Ctrl-C.
import { parseArgs } from "node:util";

import { cacheFolder, UnavailableError } from "./cache.js";
import { Cluster } from "./cluster.js";
import { SERVER_RELEASES, serverRelease } from "./releases.js";

const USAGE = `usage: npm run servers -- [NAME...] [--nodes N] [--tls]

Starts servers on loopback, prints where they are and how to log in, and stops them on Ctrl-C. What they stored is gone then.
Without a name it starts all of them; they are
${SERVER_RELEASES.map(({ name, version }) => `  ${name.padEnd(16)} ${version}`).join("\n")}

  --nodes N   each as a cluster of N nodes
  --tls       with TLS, users and roles (Elasticsearch only)

They are downloaded once, by Maven and pip, into ${cacheFolder()}; WALLWATCH_SERVERS names another folder.
Each node needs some 900 MB of memory.`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    nodes: { type: "string", default: "1" },
    tls: { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
});
const count = Number(values.nodes);
if (values.help || !Number.isInteger(count) || count < 1 || count > 9) {
  console.log(USAGE);
  process.exit(values.help ? 0 : 64);
}

const running: Cluster[] = [];
const stop = new Promise<void>((resolve) => {
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(signal, () => resolve());
});
try {
  const names = positionals.length > 0 ? positionals : SERVER_RELEASES.map(({ name }) => name);
  for (const release of names.map(serverRelease)) {
    if (values.tls && release.product === "opensearch" && positionals.length === 0) continue;
    console.log(`${release.name}: starting`);
    const starting = Cluster.start({ release, nodes: count, secure: values.tls });
    const cluster = await Promise.race([starting, stop]);
    if (cluster === undefined) {
      running.push(await starting);
      break;
    }
    running.push(cluster);
    describe(cluster);
  }
  if (running.length > 0) console.log("Ctrl-C stops them.");
  await stop;
} catch (error) {
  if (!(error instanceof UnavailableError)) throw error;
  console.error(error.message);
  process.exitCode = 69;
} finally {
  await Promise.all(running.map((cluster) => cluster.remove()));
}

function describe({ release, urls, administrator, certificates }: Cluster): void {
  console.log(`${release.name} ${release.version}: ${urls.join(" ")}`);
  if (administrator !== undefined) console.log(`  user ${administrator.user}, password ${administrator.password}`);
  if (certificates === undefined) return;
  console.log(`  authority ${certificates.authority}`);
  console.log(`  client certificate ${certificates.clientCertificate}, key ${certificates.clientKey}`);
}
