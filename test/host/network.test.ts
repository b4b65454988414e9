import assert from "node:assert/strict";
import type { NetworkInterfaceInfo } from "node:os";

import { NetworkAddresses } from "../../src/host/network.js";

function ipv4(address: string, mac: string, internal = false): NetworkInterfaceInfo {
  return { address, mac, internal, family: "IPv4", netmask: "255.255.255.0", cidr: null };
}

describe("NetworkAddresses", () => {
  it("tells each address once, the loopback's not", () => {
    const network = new NetworkAddresses([], () => ({
      lo: [ipv4("127.0.0.1", "00:00:00:00:00:00", true)],
      eth0: [ipv4("192.0.2.1", "00:00:5e:00:53:23"), ipv4("192.0.2.2", "00:00:5e:00:53:23")],
    }));
    assert.deepEqual(network.ip, ["192.0.2.1", "192.0.2.2"]);
    assert.deepEqual(network.mac, ["00-00-5E-00-53-23"]);
  });

  it("tells an address that comes after the start", () => {
    let interfaces: Record<string, NetworkInterfaceInfo[]> = {};
    const network = new NetworkAddresses(["00:00:5e:00:53:01"], () => interfaces);
    interfaces = { eth0: [ipv4("192.0.2.1", "00:00:5e:00:53:01")] };
    assert.deepEqual(network.ip, ["192.0.2.1"]);
    assert.deepEqual(network.mac, ["00-00-5E-00-53-01"]);
  });
});
