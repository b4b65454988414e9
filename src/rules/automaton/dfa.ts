import type { Nfa } from "./nfa.js";
import { SubsetStepper } from "./subsets.js";

const UNKNOWN = -1;
const DEAD = 0;
const ALWAYS = 1;
const START = 2;

/** The transition table of one automaton has at most so many cells of 4 bytes; then it is built anew. */
const MAX_CELLS = 1 << 16;
const FIRST_CELLS = 1 << 8;

/**
 * A deterministic automaton whose states are made when first reached. Time is linear in the length of the value: where
 * ever new states are reached, the nondeterministic automaton is run, whose steps cost as much as it has states at most.
 */
export class LazyDfa {
  readonly #subsets: SubsetStepper;
  readonly #width: number;
  readonly #maxStates: number;
  readonly #ids = new Map<string, number>();
  #members: Int32Array[] = [];
  #accepting: boolean[] = [];
  #table: Int32Array;
  readonly #startsAt: number;

  constructor(nfa: Nfa) {
    this.#subsets = new SubsetStepper(nfa);
    this.#width = this.#subsets.alphabet.size;
    this.#maxStates = Math.max(START + 3, Math.floor(MAX_CELLS / this.#width));
    this.#table = new Int32Array(Math.max(FIRST_CELLS, (START + 3) * this.#width));
    this.#clear();
    this.#startsAt = this.#idOf(this.#subsets.start);
  }

  /** Whether the whole value matches. */
  matches(value: string): boolean {
    const alphabet = this.#subsets.alphabet;
    const width = this.#width;
    let table = this.#table;
    let state = this.#startsAt;
    let made = 0;
    for (let index = 0; index < value.length; index++) {
      if (state <= ALWAYS) return state === ALWAYS;
      let code = value.charCodeAt(index);
      if (code >= 0xd800 && code <= 0xdbff) {
        code = value.codePointAt(index) ?? code;
        if (code > 0xffff) index++;
      }
      const charClass = alphabet.classOf(code);
      let next = table[state * width + charClass] ?? UNKNOWN;
      if (next === UNKNOWN) {
        next = this.#step(state, charClass);
        table = this.#table;
        if (++made > this.#maxStates && next > ALWAYS)
          return this.#simulate(this.#members[next] ?? [], value, index + 1);
      }
      state = next;
    }
    return this.#accepting[state] === true;
  }

  /** The rest of a value, without making states. */
  #simulate(from: Iterable<number>, value: string, start: number): boolean {
    const { alphabet } = this.#subsets;
    let members = from;
    for (const char of value.slice(start)) {
      const next = this.#subsets.advance(members, alphabet.classOf(char.codePointAt(0) ?? 0));
      if (next.length === 0) return false;
      members = next;
    }
    return this.#subsets.accepts(members);
  }

  #step(state: number, charClass: number): number {
    const from = this.#members[state];
    if (from === undefined) return DEAD;
    const to = this.#subsets.step(from, charClass);
    const next = this.#idOf(to);
    // If that made room by forgetting all states, the number of this one now means another.
    if (this.#members[state] === from) this.#table[state * this.#width + charClass] = next;
    return next;
  }

  #idOf(members: Int32Array): number {
    if (members.length === 0) return DEAD;
    const key = members.join();
    const known = this.#ids.get(key);
    if (known !== undefined) return known;
    if (this.#subsets.acceptsAll(members)) return ALWAYS;
    if (this.#members.length >= this.#maxStates) {
      this.#clear();
      const start = this.#ids.get(key);
      if (start !== undefined) return start;
    }
    const id = this.#members.push(members) - 1;
    this.#accepting.push(this.#subsets.accepts(members));
    this.#ids.set(key, id);
    const needed = (id + 1) * this.#width;
    if (needed > this.#table.length) {
      const grown = new Int32Array(Math.max(needed, 2 * this.#table.length)).fill(UNKNOWN);
      grown.set(this.#table);
      this.#table = grown;
    }
    return id;
  }

  /** Forgets all states but the start, whose number stays the same. */
  #clear(): void {
    this.#ids.clear();
    this.#table.fill(UNKNOWN);
    this.#members = [new Int32Array(0), new Int32Array(0)];
    this.#accepting = [false, true];
    this.#idOf(this.#subsets.start);
  }
}
