import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";

import { capabilityNames } from "../../src/ecs/capabilities.js";

const HEADER = "/usr/include/linux/capability.h";

describe("capabilityNames", () => {
  it("names the bits that are set", () => {
    assert.deepEqual(capabilityNames(0n), []);
    assert.deepEqual(capabilityNames((1n << 12n) | 1n), ["CAP_CHOWN", "CAP_NET_ADMIN"]);
    assert.deepEqual(capabilityNames(1n << 40n), ["CAP_CHECKPOINT_RESTORE"]);
  });

  it("numbers what it does not know", () => assert.deepEqual(capabilityNames(1n << 63n), ["CAP_63"]));

  it("agrees with the kernel's header", function () {
    if (!existsSync(HEADER)) this.skip();
    const defined = [...readFileSync(HEADER, "utf8").matchAll(/^#define (CAP_[A-Z_]+)\s+(\d+)$/gm)];
    assert(defined.length >= 38);
    for (const [, name, bit] of defined) assert.deepEqual(capabilityNames(1n << BigInt(bit ?? "")), [name]);
  });
});
