import assert from "node:assert/strict";
import { performance } from "node:perf_hooks";
import { patternMatcher, type Matcher } from "../../../src/rules/automaton/matcher.js";
import { parseRegexp } from "../../../src/rules/automaton/regexp.js";
import { wildcardListMatcher } from "../../../src/rules/automaton/wildcard.js";
import { wildcardTokens } from "../../../src/rules/eql/value_test.js";

const LENGTH = 20_000;
/** How much longer the longer value is; a quadratic matcher would take its square. */
const FACTOR = 8;

/** The least of several times, in ms: what else the machine does only adds. */
function timeOf(run: () => void): number {
  const times = Array.from({ length: 5 }, () => {
    const start = performance.now();
    run();
    return performance.now() - start;
  });
  return Math.min(...times);
}

type Hostile = readonly [name: string, make: () => Matcher, value: (length: number) => string];

/** Patterns that make a backtracking matcher, or an eager deterministic automaton, take exponential or quadratic time. */
const HOSTILE: readonly Hostile[] = [
  ["(a*)*b", () => regexp("(a*)*b"), (length) => "a".repeat(length)],
  ["(a|aa)+b", () => regexp("(a|aa)+b"), (length) => "a".repeat(length)],
  ["(.*a){10}b", () => regexp("(.*a){10}b"), (length) => "a".repeat(length)],
  [".*a.{20}b, which has 2^20 deterministic states", () => regexp(".*a.{20}b"), randomBits],
  ["*a*a*a*a*a*bc", () => wildcards("*a*a*a*a*a*bc"), (length) => "a".repeat(length)],
  ["*a????????????????????bc", () => wildcards("*a????????????????????bc"), randomBits],
  [
    "60 patterns",
    () => wildcards(...Array.from({ length: 60 }, (_, n) => `*a?a*${n}c`)),
    (length) => "a".repeat(length),
  ],
];

function regexp(expression: string): Matcher {
  return patternMatcher(parseRegexp(expression, false));
}

function wildcards(...patterns: string[]): Matcher {
  return wildcardListMatcher(patterns.map(wildcardTokens), true);
}

/** The same a's and b's each time, in no order that a cache of states could use. */
function randomBits(length: number): string {
  let seed = 1;
  return Array.from({ length }, () => {
    seed = (Math.imul(seed, 1_103_515_245) + 12_345) & 0x7fff_ffff;
    return (seed >> 16) & 1 ? "a" : "b";
  }).join("");
}

describe("hostile patterns and values", () => {
  for (const [name, make, valueOf] of HOSTILE) {
    it(`take time linear in the value: ${name}`, function () {
      this.timeout(60_000);
      // None of the patterns matches, and none is ruled out by how the value ends: it has to be gone through.
      const [short, long] = [LENGTH, LENGTH * FACTOR].map((length) => `${valueOf(length)}dc`);
      assert.ok(short !== undefined && long !== undefined);
      assert.equal(make()(short), false);
      // A new matcher each time: one that has seen the value before has its states made.
      const base = timeOf(() => make()(short));
      const grown = timeOf(() => make()(long));
      const quadratic = base * FACTOR * FACTOR;
      assert.ok(
        grown < quadratic / 2,
        `${base.toFixed(1)} ms for ${LENGTH}, ${grown.toFixed(1)} ms for ${FACTOR} times that`,
      );
      assert.ok(grown < 5_000, `${grown.toFixed(0)} ms`);
    });
  }

  it("hold a bounded number of states", function () {
    this.timeout(60_000);
    const matches = regexp(".*a.{20}b");
    const before = process.memoryUsage().heapUsed;
    matches(randomBits(200_000));
    assert.ok(process.memoryUsage().heapUsed - before < 64 * 2 ** 20);
  });
});
