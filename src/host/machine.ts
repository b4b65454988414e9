/**
 * A program of its own: asks systeminformation about this machine, and prints what it says as one JSON object. Loaded into
 * the agent it would stay there, 9 MB of memory for as long as the host runs; see facts.ts.
 */
import system from "systeminformation";

/** What the program prints. */
export interface MachineFacts {
  /** "Debian GNU/Linux"; empty where unknown */
  readonly distribution: string;
  /** "12"; empty where unknown */
  readonly release: string;
  /** Of all interfaces but the loopback, "00:00:5e:00:53:23". */
  readonly macs: readonly string[];
}

const [os, interfaces] = await Promise.all([system.osInfo(), system.networkInterfaces()]);
const facts: MachineFacts = {
  distribution: os.distro,
  release: os.release,
  macs: [interfaces]
    .flat()
    .filter(({ internal, mac }) => !internal && mac !== "")
    .map(({ mac }) => mac),
};
process.stdout.write(JSON.stringify(facts));
