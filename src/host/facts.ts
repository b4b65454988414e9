import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { hostname, machine, release } from "node:os";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

import * as v from "valibot";

import { readMachineId } from "../process/identity.js";
import type { MachineFacts } from "./machine.js";
import { NetworkAddresses } from "./network.js";

/** What ECS' host.* says of this machine; what could not be found out is undefined or empty. */
export interface HostFacts {
  readonly name: string;
  readonly hostname: string;
  /** /etc/machine-id */
  readonly id: string | undefined;
  /** As uname -m has it: x86_64, aarch64. */
  readonly architecture: string;
  /** Addresses of all interfaces but the loopback, as they are now. */
  readonly ip: readonly string[];
  /** In the form of RFC 7042, "00-00-5E-00-53-23", as ECS wants it. */
  readonly mac: readonly string[];
  readonly os: OsFacts;
}

export interface OsFacts {
  readonly type: "linux";
  /** "Debian GNU/Linux" */
  readonly name: string | undefined;
  /** "debian" */
  readonly platform: string | undefined;
  /** What the distribution descends from, "debian" for Ubuntu; itself where it names nobody. */
  readonly family: string | undefined;
  /** "12" */
  readonly version: string | undefined;
  /** "Debian GNU/Linux 12 (bookworm)" */
  readonly full: string | undefined;
  /** uname -r */
  readonly kernel: string;
}

/**
 * Asks the machine who it is. systeminformation starts dozens of processes for that, so do it once, and before capture
 * begins: they would all be events.
 *
 * @param osRelease see os-release(5)
 * @param patience ms that systeminformation is given
 * @param program what asks it, a script for Node.js
 */
export async function readHostFacts(
  osRelease = "/etc/os-release",
  patience = PATIENCE,
  program = fileURLToPath(new URL("./machine.js", import.meta.url)),
): Promise<HostFacts> {
  const asked = await askMachine(program, patience);
  const { name, version, ...distribution } = distributionOf(osRelease);
  const network = new NetworkAddresses(asked?.macs);
  return {
    name: hostname(),
    hostname: hostname(),
    id: readMachineId(),
    architecture: machine(),
    // Not fixed at the start, which is before the network's.
    get ip() {
      return network.ip;
    },
    get mac() {
      return network.mac;
    },
    os: {
      type: "linux",
      ...distribution,
      name: asked?.distribution || name,
      version: asked?.release || version,
      kernel: release(),
    },
  };
}

/**
 * ms. It waits for dozens of processes, on a busy or emulated host for longer than a service manager gives a start. What
 * it says of a distribution stands in os-release as well, but for some that have none.
 */
const PATIENCE = 3000;

const answer = v.pipe(
  v.string(),
  v.parseJson(),
  v.object({ distribution: v.string(), release: v.string(), macs: v.array(v.string()) }),
);

/** undefined where it does not answer in time, or not whole, or cannot be run at all: who the machine is must not keep it unwatched. */
async function askMachine(program: string, timeout: number): Promise<MachineFacts | undefined> {
  try {
    const { stdout } = await promisify(execFile)(process.execPath, [program], { timeout });
    // One that ends in the very moment it is given up on has exit code 0, and its output is cut off.
    return v.parse(answer, stdout);
  } catch {
    return undefined;
  }
}

/** What os-release(5) tells; undefined where the host has none. */
function distributionOf(path: string): Omit<OsFacts, "type" | "kernel"> {
  const text = readOsRelease(path);
  const value = (key: string): string | undefined => {
    const found = new RegExp(`^${key}=(["']?)(.*)\\1$`, "m").exec(text);
    return found?.[2] || undefined;
  };
  const platform = value("ID");
  return {
    name: value("NAME"),
    version: value("VERSION_ID"),
    platform,
    family: value("ID_LIKE")?.split(" ")[0] ?? platform,
    full: value("PRETTY_NAME"),
  };
}

function readOsRelease(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error) return "";
    throw error;
  }
}
