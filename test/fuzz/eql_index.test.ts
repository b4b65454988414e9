import assert from "node:assert/strict";
import fc from "fast-check";
import { documentResolver, type JsonDocument } from "../../src/rules/document.js";
import { compileEql } from "../../src/rules/eql/compile.js";
import { EventIndex } from "../../src/rules/event_index.js";
import { compileFormula, conditionsOf, isFulfilled, simplify } from "../../src/rules/formula.js";
import type { Query } from "../../src/rules/query.js";
import { runs } from "./runs.js";

/*
 * Conditions and events over a few fields and values, so that matches are common, and how an independent, simple-minded
 * reading of the semantics answers.
 */
type Event = Readonly<Record<string, readonly string[]>>;

interface Sample {
  readonly text: string;
  readonly matches: (event: Event) => boolean;
}

const VALUES = ["a", "A", "b", "ab", "a*", ""];
const FIELDS = ["f", "g"];

/** All events of up to two values in one field and up to one in the other. */
const EVENTS: readonly Event[] = [
  [],
  ...VALUES.map((value) => [value]),
  ...VALUES.flatMap((left) => VALUES.map((right) => [left, right])),
].flatMap((several) =>
  [[], ...VALUES.map((value) => [value])].flatMap((few) => [
    { f: several, g: few },
    { f: few, g: several },
  ]),
);

const list = fc.array(fc.constantFrom(...VALUES), { minLength: 1, maxLength: 3 });
const field = fc.constantFrom(...FIELDS);

function quoted(values: readonly string[]): string {
  return values.map((text) => JSON.stringify(text)).join(", ");
}

function some(name: string, test: (value: string) => boolean): Sample["matches"] {
  return (event) => (event[name] ?? []).some(test);
}

/** `*` and `?` as a regular expression of JavaScript's. */
function wildcard(pattern: string, ignoreCase: boolean): RegExp {
  const source = pattern.replace(/[^*?]/g, "[$&]").replaceAll("*", ".*").replaceAll("?", ".");
  return new RegExp(`^${source}$`, ignoreCase ? "is" : "s");
}

const leaf: fc.Arbitrary<Sample> = fc.oneof(
  fc.tuple(field, fc.constantFrom(...VALUES)).map(([name, constant]) => ({
    text: `${name} == ${JSON.stringify(constant)}`,
    matches: some(name, (value) => value === constant),
  })),
  fc.tuple(field, list).map(([name, values]) => ({
    text: `${name} in (${quoted(values)})`,
    matches: some(name, (value) => values.includes(value)),
  })),
  fc.tuple(field, list).map(([name, values]) => ({
    text: `${name} in~ (${quoted(values)})`,
    matches: some(name, (value) => values.some((other) => other.toLowerCase() === value.toLowerCase())),
  })),
  fc.tuple(field, list, fc.constantFrom(":", "like", "like~")).map(([name, values, operator]) => ({
    text: `${name} ${operator} (${quoted(values)})`,
    matches: some(name, (value) => values.some((pattern) => wildcard(pattern, operator !== "like").test(value))),
  })),
  field.map((name) => ({ text: `${name} == null`, matches: (event: Event) => (event[name] ?? []).length === 0 })),
  field.map((name) => ({ text: `length(${name}) == 1`, matches: some(name, (value) => value.length === 1) })),
  fc.boolean().map((constant) => ({ text: String(constant), matches: () => constant })),
);

const { sample } = fc.letrec<{ sample: Sample }>((tie) => {
  const two = fc.array(tie("sample"), { minLength: 2, maxLength: 3 });
  return {
    sample: fc.oneof(
      { depthSize: "small", withCrossShrink: true },
      leaf,
      two.map((items) => ({
        text: `(${items.map(({ text }) => text).join(" and ")})`,
        matches: (event: Event) => items.every(({ matches }) => matches(event)),
      })),
      two.map((items) => ({
        text: `(${items.map(({ text }) => text).join(" or ")})`,
        matches: (event: Event) => items.some(({ matches }) => matches(event)),
      })),
      tie("sample").map((item) => ({ text: `not (${item.text})`, matches: (event: Event) => !item.matches(event) })),
      tie("sample").map((item) => ({ text: `(${item.text}) == true`, matches: item.matches })),
    ),
  };
});

const event: fc.Arbitrary<Event> = fc.record(
  {
    f: fc.array(fc.constantFrom(...VALUES), { maxLength: 2 }),
    g: fc.array(fc.constantFrom(...VALUES), { maxLength: 2 }),
  },
  { requiredKeys: [] },
);

describe("a compiled EQL query", () => {
  it("answers as its parts do", function () {
    this.timeout(0);
    fc.assert(
      fc.property(sample, event, ({ text, matches }, values) => {
        assert.equal(compileEql(`any where ${text}`, documentResolver).matches(values), matches(values), text);
      }),
      runs(0.2),
    );
  });

  it("never matches an event that its index would not look up", function () {
    this.timeout(0);
    fc.assert(
      fc.property(sample, field, ({ text }, name) => {
        const query = compileEql(`any where ${text}`, documentResolver);
        const required = query.requiredValues(name);
        if (required === undefined) return;
        const fold = (value: string): string => (required.ignoreCase ? value.toLowerCase() : value);
        const looked = new Set(required.values.map(fold));
        for (const values of EVENTS.filter((candidate) => query.matches(candidate))) {
          assert.ok(
            values[name]?.some((value) => looked.has(fold(value))),
            `${text} of ${JSON.stringify(values)}`,
          );
        }
      }),
      runs(0.6),
    );
  });

  it("answers the same where what some fields decide is left out of it", function () {
    this.timeout(0);
    fc.assert(
      fc.property(sample, fc.subarray(FIELDS), event, ({ text }, names, values) => {
        const query = compileEql(`any where ${text}`, documentResolver);
        const left = simplify(query.formula(), (condition) =>
          names.includes(condition.field) ? isFulfilled(condition, values[condition.field]) : undefined,
        );
        assert.equal(compileFormula(left)(values), query.matches(values), `${text} of ${JSON.stringify(values)}`);
        const fields = conditionsOf(left).map((condition) => condition.field);
        assert.ok(!fields.some((name) => names.includes(name)));
      }),
      runs(0.3),
    );
  });

  it("matches the same events of many where the index finds it", function () {
    this.timeout(0);
    fc.assert(
      fc.property(
        fc.array(sample, { minLength: 6, maxLength: 12 }),
        fc.array(event, { maxLength: 8 }),
        fc.constantFrom("event.action", "process.args"),
        (all, events, other) => {
          // The fields by other names, so that they are those by which events are told apart.
          const named = (text: string): string =>
            text.replaceAll(/\bf\b(?! *\()/g, "process.name").replaceAll(/\bg\b/g, other);
          const items = all.map(({ text }, id) => ({
            id,
            query: compileEql(`any where ${named(text)}`, documentResolver),
          }));
          const index = new EventIndex(items, documentResolver);
          for (const { f, g } of [...events, ...events]) {
            const document = { process: { name: f, args: g }, event: { action: g } };
            assert.deepEqual(matching(index.candidatesOf(f, document), document), matching(items, document));
          }
        },
      ),
      runs(0.05),
    );
  });
});

function matching(
  items: readonly { readonly id: number; readonly query: Query<JsonDocument> }[],
  document: JsonDocument,
): number[] {
  return items.flatMap(({ id, query }) => (query.matches(document) ? [id] : []));
}
