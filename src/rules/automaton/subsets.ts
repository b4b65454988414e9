import { Alphabet } from "./alphabet.js";
import { ANY_CHAR } from "./charset.js";
import { MATCH, SPLIT, type Nfa } from "./nfa.js";

/**
 * The subset construction, one step at a time: a deterministic state is the set of those nondeterministic states that
 * read a character or match, ascending.
 */
export class SubsetStepper {
  readonly alphabet: Alphabet;
  readonly start: Int32Array;
  readonly #nfa: Nfa;
  readonly #mark: Int32Array;
  #round = 0;
  readonly #stack: number[] = [];
  #always: ReadonlySet<number> | undefined;

  constructor(nfa: Nfa) {
    this.#nfa = nfa;
    this.alphabet = new Alphabet(nfa.sets);
    this.#mark = new Int32Array(nfa.op.length);
    this.start = sorted(this.#closure([nfa.start]));
  }

  step(members: Int32Array, charClass: number): Int32Array {
    return sorted(this.advance(members, charClass));
  }

  /** A step whose result is in no order. */
  advance(members: Iterable<number>, charClass: number): readonly number[] {
    const { op, out } = this.#nfa;
    const next: number[] = [];
    for (const state of members) {
      const set = op[state] ?? MATCH;
      if (set >= 0 && this.alphabet.membership[set]?.[charClass] === 1) next.push(out[state] ?? 0);
    }
    return this.#closure(next);
  }

  accepts(members: Iterable<number>): boolean {
    for (const state of members) if (this.#nfa.op[state] === MATCH) return true;
    return false;
  }

  /** Whether it matches now and whatever follows: the end of a pattern like `*x*` once x was seen. */
  acceptsAll(members: Int32Array): boolean {
    const always = (this.#always ??= this.#loopsToMatch());
    return always.size > 0 && this.accepts(members) && members.some((state) => always.has(state));
  }

  /** The states that read any character and then may do so again or match: those of a last `*`. */
  #loopsToMatch(): ReadonlySet<number> {
    const { op, out, sets } = this.#nfa;
    const found = new Set<number>();
    const anyChar = sets.findIndex((set) => set.join() === ANY_CHAR.join());
    op.forEach((set, state) => {
      if (set !== anyChar || anyChar < 0) return;
      const after = this.#closure([out[state] ?? 0]);
      if (after.includes(state) && this.accepts(after)) found.add(state);
    });
    return found;
  }

  #closure(states: readonly number[]): readonly number[] {
    const { op, out, alt } = this.#nfa;
    const stack = this.#stack;
    const round = ++this.#round;
    const reached: number[] = [];
    for (const state of states) stack.push(state);
    for (let state = stack.pop(); state !== undefined; state = stack.pop()) {
      if (this.#mark[state] === round) continue;
      this.#mark[state] = round;
      if (op[state] === SPLIT) stack.push(out[state] ?? 0, alt[state] ?? 0);
      else reached.push(state);
    }
    return reached;
  }
}

function sorted(states: readonly number[]): Int32Array {
  return Int32Array.from(states).sort();
}
