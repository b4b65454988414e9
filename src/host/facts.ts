import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { hostname, machine, networkInterfaces, release } from "node:os";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { readMachineId } from "../process/identity.js";
import type { MachineFacts } from "./machine.js";

/** What ECS' host.* says of this machine; what could not be found out is undefined or empty. */
export interface HostFacts {
  readonly name: string;
  readonly hostname: string;
  /** /etc/machine-id */
  readonly id: string | undefined;
  /** As uname -m has it: x86_64, aarch64. */
  readonly architecture: string;
  /** Addresses of all interfaces but the loopback. */
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
 * begins: they would all be events. Addresses that change later are not noticed.
 * @param osRelease see os-release(5)
 */
export async function readHostFacts(osRelease = "/etc/os-release"): Promise<HostFacts> {
  const asked = await askMachine();
  const addresses = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
  return {
    name: hostname(),
    hostname: hostname(),
    id: readMachineId(),
    architecture: machine(),
    ip: [...new Set(addresses.filter(({ internal }) => !internal).map(({ address }) => address))],
    mac: [...new Set(asked.macs.map((mac) => mac.replaceAll(":", "-").toUpperCase()))],
    os: {
      type: "linux",
      ...distribution(osRelease),
      name: asked.distribution || undefined,
      version: asked.release || undefined,
      kernel: release(),
    },
  };
}

/** ms that systeminformation is given: it waits for dozens of processes, which on a busy host took 8 seconds once. */
const PATIENCE = 30_000;

async function askMachine(): Promise<MachineFacts> {
  const program = fileURLToPath(new URL("./machine.js", import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, [program], { timeout: PATIENCE });
  return JSON.parse(stdout) as MachineFacts;
}

/** What only os-release(5) tells; undefined where the host has none. */
function distribution(path: string): Pick<OsFacts, "platform" | "family" | "full"> {
  const text = readOsRelease(path);
  const value = (key: string): string | undefined => {
    const found = new RegExp(`^${key}=(["']?)(.*)\\1$`, "m").exec(text);
    return found?.[2] || undefined;
  };
  const platform = value("ID");
  return { platform, family: value("ID_LIKE")?.split(" ")[0] ?? platform, full: value("PRETTY_NAME") };
}

function readOsRelease(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error) return "";
    throw error;
  }
}
