import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { isIP } from "node:net";
import { hostname, release, tmpdir } from "node:os";
import { join } from "node:path";

import { readHostFacts } from "../../src/host/facts.js";

describe("readHostFacts", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "wallwatch-os-"));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it("tells of this host in ECS' words", async () => {
    const facts = await readHostFacts();
    assert.equal(facts.hostname, hostname());
    assert.equal(facts.os.type, "linux");
    assert.equal(facts.os.kernel, release());
    assert.match(facts.architecture, /^(x86_64|aarch64)$/);
    assert.match(facts.id ?? "0".repeat(32), /^[0-9a-f]{32}$/);
    for (const ip of facts.ip) assert(isIP(ip), ip);
    for (const mac of facts.mac) assert.match(mac, /^([0-9A-F]{2}-)+[0-9A-F]{2}$/);
  });

  it("reads the distribution and what it descends from", async () => {
    const file = join(folder, "os-release");
    writeFileSync(file, `PRETTY_NAME="Ubuntu 24.04.1 LTS"\nID=ubuntu\nID_LIKE='debian other'\n`);
    const { platform, family, full } = (await readHostFacts(file)).os;
    assert.deepEqual([platform, family, full], ["ubuntu", "debian", "Ubuntu 24.04.1 LTS"]);
  });

  it("takes a distribution that names no ancestor for itself", async () => {
    const file = join(folder, "os-release");
    writeFileSync(file, "ID=debian\n");
    assert.equal((await readHostFacts(file)).os.family, "debian");
  });

  it("takes the distribution from os-release where the machine does not answer in time", async () => {
    const file = join(folder, "os-release");
    writeFileSync(file, `NAME="Debian GNU/Linux"\nVERSION_ID="12"\nID=debian\n`);
    const { name, version } = (await readHostFacts(file, 1)).os;
    assert.deepEqual([name, version], ["Debian GNU/Linux", "12"]);
  });

  it("takes it from there, too, where the answer is cut off", async () => {
    const file = join(folder, "os-release");
    writeFileSync(file, "NAME=Debian\n");
    const program = join(folder, "machine.mjs");
    writeFileSync(program, `process.stdout.write('{"distribution":"Ub')`);
    assert.equal((await readHostFacts(file, 20_000, program)).os.name, "Debian");
  });

  it("takes it from there, too, where the answer is another one than it should be", async () => {
    const file = join(folder, "os-release");
    writeFileSync(file, "NAME=Debian\n");
    const program = join(folder, "machine.mjs");
    writeFileSync(program, `process.stdout.write('{"distribution":7,"macs":null}')`);
    assert.equal((await readHostFacts(file, 20_000, program)).os.name, "Debian");
  });

  it("does without os-release", async () => {
    assert.equal((await readHostFacts(join(folder, "missing"))).os.platform, undefined);
  });
});
