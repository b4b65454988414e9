import type { EventView } from "../src/detect/candidate.js";
import { Detector, type RuleIndex } from "../src/detect/detector.js";
import { median } from "./statistics.js";

/** So few that they are still in the processor's caches when they are evaluated, as those that just came. */
const BATCH = 20;

const ORIGIN = {
  agent: { version: "0", id: undefined, ephemeralId: undefined },
  host: undefined,
  tags: [],
  labels: {},
};

/** Events that are held against rules. */
export interface Evaluation {
  readonly name: string;
  /** Each evaluates a batch of events that were made just before. */
  batches(): Iterable<() => void>;
}

/** @param events makes them anew, one after the other: some keep what was decoded of them */
export function evaluation<E>(
  name: string,
  rules: RuleIndex<E>,
  view: EventView<E>,
  events: () => Iterable<E>,
): Evaluation {
  const detector = new Detector(rules, view, { origin: ORIGIN });
  return {
    name,
    *batches() {
      let batch: E[] = [];
      const evaluateAll = (): void => {
        for (const event of batch) detector.evaluate(event);
      };
      for (const event of events()) {
        batch.push(event);
        if (batch.length < BATCH) continue;
        yield evaluateAll;
        batch = [];
      }
      yield evaluateAll;
    },
  };
}

/**
 * What each evaluation takes without making the events: ms by the clock, by name. Each batch counts with its median over
 * the rounds, so that it does not matter where the process had to wait, or collected garbage.
 */
export function measureEvaluations(evaluations: readonly Evaluation[], rounds: number): ReadonlyMap<string, number> {
  // ms, by batch and round
  const times = new Map(evaluations.map(({ name }) => [name, [] as number[][]]));
  // The first round is the optimizer's.
  for (let round = 0; round <= rounds; round++) {
    for (const each of evaluations) {
      const ofBatches = times.get(each.name) ?? [];
      let index = 0;
      for (const evaluate of each.batches()) {
        const before = performance.now();
        evaluate();
        const time = performance.now() - before;
        if (round > 0) (ofBatches[index++] ??= []).push(time);
      }
    }
  }
  return new Map(Array.from(times, ([name, all]) => [name, all.reduce((sum, each) => sum + median(each), 0)]));
}
