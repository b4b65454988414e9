import { Detector, type RuleIndex } from "../src/detect/detector.js";
import { recordedView } from "../src/detect/recorded.js";
import type { JsonDocument } from "../src/rules/document.js";
import { median } from "./statistics.js";

/** So few that they are still in the processor's caches when they are evaluated, as in a replay. */
const BATCH = 20;

const ORIGIN = {
  agent: { version: "0", id: undefined, ephemeralId: undefined },
  host: undefined,
  tags: [],
  labels: {},
};

/**
 * What it costs to hold events against rules, without decoding them: µs per event by the clock, by name. Each batch counts
 * with its median over the rounds, so that it does not matter where the process had to wait, or collected garbage.
 */
export function measureDecoded(
  lines: readonly string[],
  indexes: ReadonlyMap<string, RuleIndex<JsonDocument>>,
  rounds: number,
): ReadonlyMap<string, number> {
  const runs = Array.from(indexes, ([name, rules]) => ({
    name,
    detector: new Detector(rules, recordedView, { origin: ORIGIN }),
    // ns, by batch and round
    times: Array.from({ length: Math.ceil(lines.length / BATCH) }, (): number[] => []),
  }));
  // The first round is the optimizer's.
  for (let round = 0; round <= rounds; round++) {
    for (const { detector, times } of runs) {
      for (const [index, each] of times.entries()) {
        const batch = lines.slice(index * BATCH, (index + 1) * BATCH);
        const documents = batch.map((line) => JSON.parse(line) as JsonDocument);
        const before = process.hrtime.bigint();
        for (const document of documents) detector.evaluate(document);
        const time = Number(process.hrtime.bigint() - before);
        if (round > 0) each.push(time);
      }
    }
  }
  return new Map(
    runs.map(({ name, times }) => [name, times.reduce((sum, each) => sum + median(each), 0) / 1000 / lines.length]),
  );
}
