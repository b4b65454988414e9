import { networkInterfaces, type NetworkInterfaceInfo } from "node:os";

/** ms for which an answer serves: alerts come by the hundred, and interfaces seldom change. */
const FRESH = 5000;

/** The addresses of this host's interfaces but the loopback, looked up when they are asked for: they come and go. */
export class NetworkAddresses {
  #interfaces: readonly NetworkInterfaceInfo[] = [];
  #asked = -Infinity;

  /**
   * @param macs further ones, of interfaces that have no address yet: "00:00:5e:00:53:23"
   * @param list the interfaces as node:os lists them
   */
  constructor(
    private readonly macs: readonly string[] = [],
    private readonly list = networkInterfaces,
  ) {}

  get ip(): string[] {
    return [...new Set(this.#current().map(({ address }) => address))];
  }

  /** In the form of RFC 7042: "00-00-5E-00-53-23". */
  get mac(): string[] {
    const all = [...this.macs, ...this.#current().map(({ mac }) => mac)];
    return [...new Set(all.map((mac) => mac.replaceAll(":", "-").toUpperCase()))];
  }

  #current(): readonly NetworkInterfaceInfo[] {
    const now = performance.now();
    if (now - this.#asked >= FRESH) {
      this.#interfaces = Object.values(this.list())
        .flatMap((list) => list ?? [])
        .filter(({ internal }) => !internal);
      this.#asked = now;
    }
    return this.#interfaces;
  }
}
