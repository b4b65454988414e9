import { execFileSync } from "node:child_process";
import { geteuid } from "node:process";

import { PATIENCE } from "./patience.js";

/** The lanes that one set of tests runs through. */
export const LANES = ["kernel", "proc"] as const;
export type TestedLane = (typeof LANES)[number];

const needsRoot = geteuid?.() === 0 ? undefined : "needs root";

/** A suite that watches real execs. Where that cannot be, it is skipped, and its title and a line on stderr say why. */
export function describeLive(title: string, body: (this: Mocha.Suite) => void, unless = needsRoot): void {
  if (unless === undefined) {
    describe(title, function () {
      this.timeout(60_000 * PATIENCE);
      body.call(this);
    });
    return;
  }
  console.warn(`skipped, ${unless}: ${title}`);
  describe.skip(`${title} (skipped: ${unless})`, body);
}

/** The same suite once for each lane. */
export function describeLanes(title: string, body: (this: Mocha.Suite, lane: TestedLane) => void): void {
  for (const lane of LANES) {
    describeLive(`${title}, ${lane} lane`, function () {
      body.call(this, lane);
    });
  }
}

/** A test for which a program of the host is needed; skipped, with the reason in its title, where that is missing. */
export function itWith(program: string, title: string, body: Mocha.AsyncFunc): void {
  try {
    execFileSync("which", [program], { stdio: "ignore" });
  } catch {
    it.skip(`${title} (skipped: there is no ${program})`, body);
    return;
  }
  it(title, body);
}
