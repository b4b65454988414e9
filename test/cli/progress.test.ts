import assert from "node:assert/strict";

import { Progress, progressLine } from "../../src/cli/progress.js";
import { recordedStdio } from "../support/stdio.js";

describe("progress", () => {
  const state = { name: "x.ndjson", bytes: 26_214_400, size: 104_857_600, events: 30_000 };

  it("says how far it is, how fast, and how long it will go on", () => {
    assert.equal(
      progressLine(state, 2_000),
      "[######..................] 25%  25.0 MiB  15,000 events/s  6 s left  x.ndjson",
    );
    assert.match(progressLine({ ...state, bytes: 1_048_576 }, 2_000), /1% .* 3 min 18 s left/);
    assert.match(progressLine({ ...state, bytes: 10_486 }, 2_000), /0% .* 5 h 33 min left/);
    assert.match(progressLine({ ...state, bytes: 104_857_600 }, 2_000), /^\[#{24}\] 100% .* 0 s left/);
    assert.match(progressLine({ ...state, bytes: 0, events: 0 }, 0), /^\[\.{24}\] 0% {2}0\.0 MiB {2}0 events\/s {2}x/);
  });

  it("says what it can where the size is not known", () => {
    assert.equal(
      progressLine({ ...state, size: undefined }, 2_000),
      "25.0 MiB  30,000 events  15,000 events/s  x.ndjson",
    );
  });

  it("draws on a terminal only, not too often, within its width, and goes away", async () => {
    let now = 0;
    const stdio = recordedStdio({ columns: 20 });
    const progress = new Progress(stdio.stderr, () => now);
    await progress.clear();
    await progress.update(state);
    assert.equal(stdio.err(), "");
    now = 150;
    await progress.update(state);
    now = 200;
    await progress.update(state);
    assert.equal(stdio.err(), "\r\u001b[K[######............");
    await progress.clear();
    await progress.clear();
    assert.equal(stdio.err(), "\r\u001b[K[######............\r\u001b[K");

    const piped = recordedStdio();
    const silent = new Progress(piped.stderr, () => now);
    now = 1_000;
    await silent.update(state);
    assert.equal(piped.err(), "");
  });
});
