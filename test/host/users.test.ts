import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { UserNames } from "../../src/host/users.js";

describe("UserNames", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "wallwatch-etc-"));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it("names users and groups", () => {
    writeFileSync(join(folder, "passwd"), "root:x:0:0:root:/root:/bin/bash\n# no line\n+::::::\nbob:x:1001:7::/:\n");
    writeFileSync(join(folder, "group"), "adm:x:4:bob\n");
    const names = new UserNames(folder);
    assert.deepEqual([names.user(0), names.user(1001), names.user(4)], ["root", "bob", undefined]);
    assert.deepEqual([names.group(4), names.group(0)], ["adm", undefined]);
  });

  it("takes the first name of an id, as getpwuid(3) does", () => {
    writeFileSync(join(folder, "passwd"), "root:x:0:0:::\ntoor:x:0:0:::\n");
    assert.equal(new UserNames(folder).user(0), "root");
  });

  it("has no names without the files", () => assert.equal(new UserNames(folder).user(0), undefined));

  it("notices a change, within a second", () => {
    let now = 0;
    const names = new UserNames(folder, () => now);
    assert.equal(names.user(5), undefined);
    writeFileSync(join(folder, "passwd"), "eve:x:5:5:::\n");
    now += 999;
    assert.equal(names.user(5), undefined);
    now += 1;
    assert.equal(names.user(5), "eve");
    writeFileSync(join(folder, "passwd"), "mallory:x:5:5:::\n");
    now += 1000;
    assert.equal(names.user(5), "mallory");
    rmSync(join(folder, "passwd"));
    now += 1000;
    assert.equal(names.user(5), undefined);
  });
});
