import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { ROOT } from "../test/support/programs.js";
import { NUMBER, type Watcher } from "./watchers.js";

/** The capture stage alone, by the package's own API: it keeps the numbers in memory and writes them out at the end. */
export const capture: Watcher = {
  name: "watchExecs",
  prepare: (folder) => ({
    command: [process.execPath, join(ROOT, "dist", "bench", "watch_execs.js")],
    output: join(folder, "output"),
  }),
  ready: "watching",
  number: NUMBER,
};

/** The whole agent with the shipped rules. What it sees it does not say; the capture stage above is the one in it. */
export const agent: Watcher = {
  name: "wallwatch run",
  prepare(folder) {
    const config = join(folder, "wallwatch.toml");
    mkdirSync(join(folder, "log"));
    writeFileSync(config, `capture.lane = "kernel"\nlog.path = "${join(folder, "log", "alerts.ndjson")}"\n`, {
      mode: 0o600,
    });
    return {
      command: [process.execPath, join(ROOT, "dist", "src", "main.js"), "run", "--config", config],
      output: join(folder, "output"),
    };
  },
  ready: "watching",
  number: undefined,
};
