import assert from "node:assert/strict";
import { addressOrder, networkTest } from "../../src/rules/cidr.js";

describe("networkTest", () => {
  for (const [network, inside, outside] of [
    ["10.6.48.157/8", ["10.0.0.0", "10.255.255.255"], ["11.0.0.0", "9.255.255.255", "::1"]],
    ["192.168.1.128/25", ["192.168.1.128", "192.168.1.255"], ["192.168.1.127"]],
    ["0.0.0.0/0", ["1.2.3.4", "255.255.255.255"], ["fe80::1"]],
    ["127.0.0.1", ["127.0.0.1"], ["127.0.0.2"]],
    ["127.0.0.1/32", ["127.0.0.1", "::ffff:127.0.0.1"], ["127.0.0.0"]],
    ["::1", ["::1", "0:0:0:0:0:0:0:1", "0000::0001"], ["::2", "0.0.0.1"]],
    ["FE80::/10", ["fe80::1", "febf:ffff::"], ["fec0::", "fe7f::"]],
    ["2001:db8::/33", ["2001:db8:7fff::1"], ["2001:db8:8000::"]],
    ["2001:db8::1:0:0/112", ["2001:db8::1:0:ffff"], ["2001:db8::2:0:0"]],
    ["::/0", ["::1", "1.2.3.4"], []],
    ["::ffff:10.0.0.0/104", ["10.1.1.1"], ["11.0.0.0"]],
  ] as const) {
    it(`${network} has its own addresses, and no others`, () => {
      const test = networkTest(network);
      assert.ok(test);
      assert.deepEqual(inside.filter(test), inside);
      assert.deepEqual(outside.filter(test), []);
    });
  }

  for (const wrong of [
    "",
    "10.0.0.0/33",
    "::/129",
    "10.0.0/8",
    "10.0.0.0/",
    "10.0.0.0/8/8",
    "10.0.0.0/-1",
    "host",
    "fe80::1%eth0",
    "010.0.0.1",
  ]) {
    it(`refuses ${JSON.stringify(wrong)}`, () => {
      assert.equal(networkTest(wrong), undefined);
    });
  }

  it("is false of what is no address", () => {
    for (const value of ["", "10.0.0", "10.0.0.0/8", "%eth0", "10.0.0.1%eth0"])
      assert.equal(networkTest("::/0")?.(value), false);
  });

  it("takes an address of a link with the name of its interface, as Elasticsearch does", () => {
    assert.equal(networkTest("fe80::/10")?.("fe80::1%eth0"), true);
    assert.equal(networkTest("fe80::2")?.("fe80::1%eth0"), false);
  });
});

describe("addressOrder", () => {
  const sorted = ["::", "9.0.0.1", "10.0.0.5", "10.0.0.10", "10.0.1.0", "2001:db8::9", "2001:db8::10", "fe80::1"];

  for (const bound of sorted) {
    it(`puts addresses before ${bound}, or behind it`, () => {
      const order = addressOrder(bound);
      assert.deepEqual(
        sorted.map((address) => Math.sign(order?.(address) ?? NaN)),
        sorted.map((_, index) => Math.sign(index - sorted.indexOf(bound))),
      );
    });
  }

  it("takes the same address for the same, however it is written", () => {
    assert.equal(addressOrder("10.0.0.1")?.("::ffff:10.0.0.1"), 0);
    assert.equal(addressOrder("fe80::1")?.("FE80:0::0:1%eth0"), 0);
  });

  it("knows what is no address", () => {
    assert.equal(addressOrder("10.0.0.0/8"), undefined);
    assert.equal(addressOrder("10.0.0.1")?.("host"), undefined);
  });
});
