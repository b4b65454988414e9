import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";

import { exitAtOnce } from "../../bench/storm.js";
import { describeLive } from "../support/live.js";
import { Recording } from "./addon.js";

/** Bytes that the filter reads at once, and how often, to see whether some variable is worth a walk. */
const SCANNED = 512;
const SCANS = 8;
/** Of variables that fill the space before. */
const LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKMNOPQRSTUVW";

for (const [what, names] of [
  ["that begin alike", ["LD_PRELOAD", "LD_AUDIT"]],
  ["that begin differently", ["LD_PRELOAD", "LD_AUDIT", "WALLWATCH_TEST", "L"]],
] as const) {
  describeLive(`the filter and variables ${what}`, () => {
    const program = exitAtOnce(); // it has no loader that would heed them
    let recording: Recording;
    let number = 0;
    before(async () => (recording = await Recording.start({ lane: "kernel", environment: names })));
    after(() => recording.stop());

    /** What the filter finds in an environment of these variables, in this order. */
    async function found(env: Readonly<Record<string, string>>): Promise<readonly string[]> {
      const marker = `environment-${process.pid}-${number++}`;
      await once(spawn(program, [marker], { env, stdio: "ignore" }), "exit");
      return (await recording.first(({ args }) => args.at(-1) === marker)).environment;
    }

    it("are found wherever they stand", async () => {
      const places = [0, 3, 4, 5, 6, 7, 8, 9, 10, 11, 100];
      for (const edge of [1, 2, SCANS]) for (let at = -5; at <= 5; at++) places.push(edge * SCANNED + at);
      for (const place of [...places, 2 * SCANS * SCANNED]) {
        const before: Record<string, string> = {};
        for (let i = 0, rest = place; rest >= 3; i++) {
          // The letter, "=" and the terminator are three bytes.
          const size = rest > 303 ? 300 : rest;
          before[LETTERS[i] ?? ""] = "x".repeat(size - 3);
          rest -= size;
        }
        const env = { ...before, LD_PRELOAD: "/x", Z: "z", LD_AUDIT: "" };
        assert.deepEqual(await found(env), ["LD_PRELOAD=/x", "LD_AUDIT="], `at byte ${place}`);
      }
    });

    it("are not found in what only looks like them", async () => {
      const env = {
        A: "LD_PRELOAD=/x",
        XLD_PRELOAD: "/x",
        LANG: "C",
        D: "LD_AUDIT=",
        LD_PRELOADX: "1",
        LD: "",
        l: "L",
      };
      assert.deepEqual(await found(env), []);
      assert.deepEqual(await found({}), []);
    });

    it("are found behind many others", async () => {
      const others = Object.fromEntries(Array.from({ length: 200 }, (_, index) => [`V${index}`, "x".repeat(index)]));
      assert.deepEqual(await found({ ...others, LD_PRELOAD: "/x" }), ["LD_PRELOAD=/x"]);
    });
  });
}
