import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { Identity, readIdentity, readMachineId } from "../../src/process/identity.js";

const HOST = "0123456789abcdef0123456789abcdef";
const BOOT = "525ebe68-eb9f-4c88-b43b-cd86a65b376c";

describe("Identity", () => {
  const identity = new Identity(HOST, BOOT);

  it("gives ids of 32 hexadecimal digits, the same every time", () => {
    assert.match(identity.entityId(1, 2), /^[0-9a-f]{32}$/);
    assert.equal(identity.entityId(1, 2), new Identity(HOST, BOOT).entityId(1, 2));
    assert.equal(identity.execId(1, 2, 3n), new Identity(HOST, BOOT).execId(1, 2, 3n));
  });

  it("tells host, boot, pid, start and time of the exec apart", () => {
    const ids = [
      identity.entityId(1, 23),
      identity.entityId(12, 3),
      identity.entityId(1, 24),
      new Identity("f".repeat(32), BOOT).entityId(1, 23),
      new Identity(HOST, BOOT.replace("5", "6")).entityId(1, 23),
      identity.execId(1, 23, 0n),
      identity.execId(1, 23, 4n),
      identity.execId(1, 2, 34n),
    ];
    assert.equal(new Set(ids).size, ids.length);
  });
});

describe("the identity of a host", () => {
  let root: string;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), "wallwatch-root-"));
    mkdirSync(join(root, "proc/sys/kernel/random"), { recursive: true });
    mkdirSync(join(root, "etc"));
    mkdirSync(join(root, "var/lib/dbus"), { recursive: true });
    writeFileSync(join(root, "proc/sys/kernel/random/boot_id"), `${BOOT}\n`);
  });
  afterEach(() => rmSync(root, { recursive: true }));

  it("is its machine id and its boot id", () => {
    writeFileSync(join(root, "etc/machine-id"), `${HOST}\n`);
    assert.deepEqual(readIdentity(root), new Identity(HOST, BOOT));
  });

  it("is D-Bus' machine id where there is no systemd", () => {
    writeFileSync(join(root, "var/lib/dbus/machine-id"), `${HOST}\n`);
    assert.equal(readMachineId(root), HOST);
  });

  it("has no machine id before the first boot is done", () => {
    writeFileSync(join(root, "etc/machine-id"), "uninitialized\n");
    assert.equal(readMachineId(root), undefined);
    assert.equal(readIdentity(root).hostId, "");
  });
});
