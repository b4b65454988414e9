import assert from "node:assert/strict";
import { readFileSync, readlinkSync } from "node:fs";
import { runInNewContext } from "node:vm";

import { addon } from "./addon.js";

/** kB of this process's own program that are mapped now, and cannot be written. */
function residentOfProgram(): number {
  const program = readlinkSync("/proc/self/exe");
  let isOfProgram = false;
  let resident = 0;
  for (const line of readFileSync("/proc/self/smaps", "utf8").split("\n")) {
    const [, access, path] = /^[0-9a-f]+-[0-9a-f]+ (\S+) \S+ \S+ \S+ +(.*)$/.exec(line) ?? [];
    if (path !== undefined) isOfProgram = path === program && access?.startsWith("r-") === true;
    else if (isOfProgram && access === undefined && !line.includes("-")) {
      resident += Number(/^Rss: +(\d+) kB$/.exec(line)?.[1] ?? 0);
    }
  }
  return resident;
}

describe("the pages that only a start needs", () => {
  it("are given back, and what is needed again comes back by itself", () => {
    const before = residentOfProgram();
    const released = addon.releaseStartPages();
    const after = residentOfProgram();
    assert.ok(released > 4 * 2 ** 20, `${released} bytes were released`);
    assert.ok(after < before - 2 ** 12, `${before} kB before, ${after} kB after`);
    // Whatever was thrown away is read again: the compiler, regular expressions, dates and their ICU.
    assert.equal(runInNewContext("2n ** 70n"), 1180591620717411303424n);
    assert.equal(new Intl.DateTimeFormat("en", { month: "long", timeZone: "UTC" }).format(0), "January");
    assert.match("ÄÖ", /^\p{Lu}+$/u);
  });
});
