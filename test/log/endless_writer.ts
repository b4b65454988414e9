// Appends lines of many lengths until it is killed, and prints the name of each line that was told committed.
import { writeSync } from "node:fs";

import { AlertLog } from "../../src/log/writer.js";
import { entry, names, ONE_SEGMENT } from "./writer_harness.js";

const [path = "", round = ""] = process.argv.slice(2);
const log = await AlertLog.open({
  path,
  memory: 2 ** 24,
  segments: ONE_SEGMENT,
  state: `${path}.state`,
  events: {
    committed: (entries) => {
      const told = names(entries.map(({ line }) => line.toString()));
      writeSync(1, told.map((name) => `${name}\n`).join(""));
    },
  },
});
for (let count = 0; ;) {
  for (let i = 0; i < 50; i++, count++) log.append(entry(`${round}-${count}`, "rule", (count * 37) % 3000));
  await log.drained();
}
