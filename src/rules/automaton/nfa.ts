import { NO_CHAR, union, type CharSet } from "./charset.js";
import type { Pattern } from "./pattern.js";
import { SubsetStepper } from "./subsets.js";

/** A regular expression's automaton has at most so many states: it bounds what one character of a value can cost. */
const MAX_STATES = 10_000;
/** A complement or an intersection is made deterministic, with at most so many states. */
const MAX_COMPLEMENT_STATES = 1_000;
/** Repetitions of what is empty add no states, yet cost time: so the steps are bounded as well, for each state. */
const STEPS_PER_STATE = 20;

export class PatternTooLarge extends Error {
  override readonly name = "PatternTooLarge";
}

/** In `op`, where a state reads no character: it goes on to `out` and to `alt`. */
export const SPLIT = -1;
/** In `op`: the end of a match. */
export const MATCH = -2;

/**
 * A nondeterministic automaton after Thompson. State `s` reads a character of `sets[op[s]]` and goes to `out[s]`,
 * unless `op[s]` is SPLIT or MATCH.
 */
export interface Nfa {
  readonly start: number;
  readonly op: Int32Array;
  readonly out: Int32Array;
  readonly alt: Int32Array;
  readonly sets: readonly CharSet[];
}

/** @throws PatternTooLarge if it needs more than `maxStates` */
export function buildNfa(pattern: Pattern, maxStates = MAX_STATES): Nfa {
  const builder = new NfaBuilder(maxStates);
  const start = builder.emit(pattern, builder.add(MATCH, 0, 0));
  return builder.finish(start);
}

class NfaBuilder {
  readonly #op: number[] = [];
  readonly #out: number[] = [];
  readonly #alt: number[] = [];
  readonly #sets: CharSet[] = [];
  readonly #setIndex = new Map<string, number>();
  readonly #maxStates: number;
  #steps = 0;

  constructor(maxStates: number) {
    this.#maxStates = maxStates;
  }

  finish(start: number): Nfa {
    return {
      start,
      op: Int32Array.from(this.#op),
      out: Int32Array.from(this.#out),
      alt: Int32Array.from(this.#alt),
      sets: this.#sets,
    };
  }

  add(op: number, out: number, alt: number): number {
    if (this.#op.length >= this.#maxStates) {
      throw new PatternTooLarge(`its automaton has more than ${this.#maxStates} states`);
    }
    this.#op.push(op);
    this.#out.push(out);
    this.#alt.push(alt);
    return this.#op.length - 1;
  }

  /** Adds what matches `pattern` and then goes on at `next`; returns where it starts. Works from the end backwards. */
  emit(pattern: Pattern, next: number): number {
    if (++this.#steps > STEPS_PER_STATE * this.#maxStates) throw new PatternTooLarge("it repeats too much");
    switch (pattern.kind) {
      case "chars":
        return this.#reader(pattern.set, next);
      case "concat":
        return pattern.items.reduceRight((after, item) => this.emit(item, after), next);
      case "union":
        return this.#branch(pattern.items.map((item) => this.emit(item, next)));
      case "repeat":
        return this.#repeat(pattern.item, pattern.min, pattern.max, next);
      case "not":
        return this.#complement(pattern.item, next);
    }
  }

  #reader(set: CharSet, next: number): number {
    const key = set.join();
    let index = this.#setIndex.get(key);
    if (index === undefined) {
      index = this.#sets.push(set) - 1;
      this.#setIndex.set(key, index);
    }
    return this.add(index, next, next);
  }

  #branch(starts: readonly number[]): number {
    if (starts.length === 0) return this.#reader(NO_CHAR, 0);
    return starts.reduce((left, right) => this.add(SPLIT, left, right));
  }

  #repeat(item: Pattern, min: number, max: number, next: number): number {
    let start = next;
    if (max === Infinity) {
      start = this.add(SPLIT, next, next);
      this.#out[start] = this.emit(item, start);
    } else {
      for (let count = min; count < max; count++) start = this.add(SPLIT, this.emit(item, start), next);
    }
    for (let count = 0; count < min; count++) start = this.emit(item, start);
    return start;
  }

  /** The deterministic automaton of `item` with its accepting states exchanged, as states of this one. */
  #complement(item: Pattern, next: number): number {
    const stepper = new SubsetStepper(buildNfa(item));
    const hubs = new Map<string, number>();
    const pending: Int32Array[] = [];
    const hubOf = (members: Int32Array): number => {
      const key = members.join();
      let hub = hubs.get(key);
      if (hub === undefined) {
        if (hubs.size >= MAX_COMPLEMENT_STATES) {
          throw new PatternTooLarge(`a "~" or "&" in it needs more than ${MAX_COMPLEMENT_STATES} states`);
        }
        hub = this.add(SPLIT, 0, 0);
        hubs.set(key, hub);
        pending.push(members);
      }
      return hub;
    };
    const start = hubOf(stepper.start);
    for (let members = pending.pop(); members !== undefined; members = pending.pop()) {
      const hub = hubOf(members);
      const targets = new Map<number, CharSet>();
      stepper.alphabet.sets.forEach((set, charClass) => {
        const target = hubOf(stepper.step(members, charClass));
        targets.set(target, union([targets.get(target) ?? NO_CHAR, set]));
      });
      const exits = Array.from(targets, ([target, set]) => this.#reader(set, target));
      const all = this.#branch(exits);
      this.#out[hub] = all;
      this.#alt[hub] = stepper.accepts(members) ? all : next;
    }
    return start;
  }
}
