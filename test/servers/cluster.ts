import { randomBytes } from "node:crypto";
import { chmodSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";

import { distribution, javaHome } from "./cache.js";
import { makeCertificates, readAuthority, type Certificates } from "./certificates.js";
import { ServerClient } from "./client.js";
import { ServerNode } from "./node.js";
import type { ServerRelease } from "./releases.js";
import { newAdministrator, userFiles, type FileUser, type Roles } from "./users.js";

/** ms that a server is given to answer after its start. */
const START_PATIENCE = 180_000;
/** ms between two looks whether it answers. */
const LOOK_EVERY = 150;

export interface ClusterOptions {
  readonly release: ServerRelease;
  readonly nodes?: number;
  /** TLS by an authority of its own, users and roles. Elasticsearch's only: OpenSearch's distribution has no security. */
  readonly secure?: boolean;
  /** Users besides the administrator, and their roles. */
  readonly users?: readonly FileUser[];
  readonly roles?: Roles;
  /** Added to each node's configuration file. */
  readonly settings?: Readonly<Record<string, string | number | boolean>>;
  /** Ports for HTTP; otherwise free ones. */
  readonly ports?: readonly number[];
}

/** A cluster of one or more nodes on loopback that lives as long as a test does. */
export class Cluster {
  readonly release: ServerRelease;
  readonly nodes: readonly ServerNode[];
  readonly urls: readonly string[];
  readonly certificates: Certificates | undefined;
  readonly administrator: FileUser | undefined;
  readonly #folder: string;
  readonly #roles: Roles;

  private constructor(
    parts: Pick<Cluster, "release" | "nodes" | "urls" | "certificates" | "administrator">,
    folder: string,
    roles: Roles,
  ) {
    this.release = parts.release;
    this.nodes = parts.nodes;
    this.urls = parts.urls;
    this.certificates = parts.certificates;
    this.administrator = parts.administrator;
    this.#folder = folder;
    this.#roles = roles;
  }

  /**
   * Downloads what is not there yet, starts all nodes and waits until they answer.
   *
   * @throws {UnavailableError} where there is no Java, no Maven, no download
   */
  static async start(options: ClusterOptions): Promise<Cluster> {
    const { release, nodes: count = 1, secure = false, users = [], roles = {} } = options;
    if (secure && release.product !== "elasticsearch") {
      throw new Error(`${release.name} comes without security: only Elasticsearch can have TLS and users here`);
    }
    const [home, java] = [await distribution(release), await javaHome()];
    const folder = mkdtempSync(join(tmpdir(), "wallwatch-servers-"));
    chmodSync(folder, 0o755);
    const certificates = secure ? makeCertificates(folder) : undefined;
    const administrator = secure ? newAdministrator() : undefined;
    const http = options.ports ?? (await freePorts(count));
    const transport = await freePorts(count);
    const nodes = http.map((port, index) => {
      const settings = {
        ...nodeSettings(release, index, transport),
        "http.port": port,
        ...(secure ? SECURE : release.product === "elasticsearch" ? { "xpack.security.enabled": false } : {}),
        ...options.settings,
      };
      const known = administrator && userFiles([administrator, ...users], roles);
      const files = certificates && known && { ...certificateFiles(certificates), ...known };
      const place = join(folder, `node-${index + 1}`);
      return new ServerNode({ release, home, javaHome: java, folder: place, settings, ...(files && { files }) });
    });
    const urls = http.map((port) => `${secure ? "https" : "http"}://127.0.0.1:${port}`);
    const cluster = new Cluster({ release, nodes, urls, certificates, administrator }, folder, roles);
    try {
      for (const node of nodes) node.start();
      await cluster.ready();
      return cluster;
    } catch (error) {
      await cluster.remove();
      throw error;
    }
  }

  /** Asks the node `index` as the administrator. */
  client(index = 0): ServerClient {
    const url = this.urls[index];
    if (url === undefined) throw new Error(`there is no node ${index}`);
    const ca = this.certificates && readAuthority(this.certificates);
    return new ServerClient({ url, ca, credentials: this.administrator });
  }

  /** Changes who may log in besides the administrator. Resolves when every node has read it. */
  async setUsers(users: readonly FileUser[]): Promise<void> {
    const { administrator } = this;
    if (administrator === undefined) throw new Error("a cluster without security has no users");
    // A mark by which to see that the files were read.
    const mark: FileUser = { user: "mark", password: randomBytes(12).toString("hex"), role: "superuser" };
    const files = userFiles([administrator, ...users, mark], this.#roles);
    for (const node of this.nodes) node.rewrite(files);
    for (const [index, node] of this.nodes.entries()) {
      const marked = new ServerClient({ ...this.client(index).target, credentials: mark });
      while (node.isRunning && (await marked.send("GET", "/_cluster/health")).status !== 200) await delay(LOOK_EVERY);
    }
  }

  /** Resolves when every node that runs answers and every primary shard is at its place. */
  async ready(): Promise<void> {
    const running = this.nodes.filter((node) => node.isRunning).length;
    await Promise.all(
      this.nodes.map(async (node, index) => {
        if (node.isRunning) await this.#nodeReady(node, index, running);
      }),
    );
  }

  /** `kill -9` of a node. */
  async kill(index = 0): Promise<void> {
    await this.nodes[index]?.stop("SIGKILL");
  }

  /** Starts a node again that was killed, and waits until it answers. */
  async restart(index = 0): Promise<void> {
    this.nodes[index]?.start();
    await this.ready();
  }

  /** Stops all nodes and removes what they have written. */
  async remove(): Promise<void> {
    await Promise.all(this.nodes.map((node) => node.stop("SIGKILL")));
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async #nodeReady(node: ServerNode, index: number, running: number): Promise<void> {
    const client = this.client(index);
    const deadline = performance.now() + START_PATIENCE;
    for (let answer = ""; ;) {
      if (!node.isRunning) throw new Error(`${this.release.name} has ended:\n${node.lastWords}`);
      try {
        const { status, text } = await client.send("GET", `/_cluster/health?wait_for_nodes=>=${running}&timeout=1s`);
        answer = text;
        if (status === 200 && (JSON.parse(text) as { status: string }).status !== "red") return;
      } catch (error) {
        answer = String(error);
      }
      if (performance.now() > deadline) {
        throw new Error(`${this.release.name} does not get ready: ${answer}\n${node.lastWords}`);
      }
      await delay(LOOK_EVERY);
    }
  }
}

function nodeSettings(
  release: ServerRelease,
  index: number,
  transport: readonly number[],
): Record<string, string | number | boolean> {
  const manager = release.product === "elasticsearch" ? "master" : "cluster_manager";
  const names = transport.map((_, other) => `node-${other + 1}`);
  const discovery =
    transport.length === 1
      ? { "discovery.type": "single-node" }
      : {
          "discovery.seed_hosts": transport.map((port) => `127.0.0.1:${port}`).join(","),
          [`cluster.initial_${manager}_nodes`]: names.join(","),
        };
  return {
    "cluster.name": "wallwatch-test",
    "node.name": `node-${index + 1}`,
    "network.host": "127.0.0.1",
    "transport.port": transport[index] ?? 0,
    // A test's disk may be nearly full; that is not what is tried here.
    "cluster.routing.allocation.disk.threshold_enabled": false,
    ...discovery,
  };
}

const SECURE = {
  "xpack.security.enabled": true,
  // A changed file of users is read again this soon.
  "resource.reload.interval.high": "1s",
  "xpack.security.http.ssl.enabled": true,
  "xpack.security.http.ssl.key": "server.key",
  "xpack.security.http.ssl.certificate": "server.crt",
  "xpack.security.http.ssl.certificate_authorities": "authority.crt",
  "xpack.security.http.ssl.client_authentication": "optional",
  "xpack.security.transport.ssl.enabled": true,
  "xpack.security.transport.ssl.key": "server.key",
  "xpack.security.transport.ssl.certificate": "server.crt",
  "xpack.security.transport.ssl.certificate_authorities": "authority.crt",
  "xpack.security.transport.ssl.verification_mode": "certificate",
};

function certificateFiles(certificates: Certificates): Record<string, string> {
  return {
    "authority.crt": readFileSync(certificates.authority, "utf8"),
    "server.crt": readFileSync(certificates.certificate, "utf8"),
    "server.key": readFileSync(certificates.key, "utf8"),
  };
}

/** Ports of loopback that are free now; a server that is killed and started again keeps its own. */
async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer();
      await new Promise<void>((resolve, reject) => server.once("error", reject).listen(0, "127.0.0.1", resolve));
      return server;
    }),
  );
  return Promise.all(
    servers.map(async (server) => {
      const { port } = server.address() as AddressInfo;
      await new Promise((resolve) => server.close(resolve));
      return port;
    }),
  );
}
