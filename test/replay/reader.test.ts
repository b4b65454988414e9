import assert from "node:assert/strict";

import fc from "fast-check";

import { MAX_EVENT_SIZE, type RecordedEvent, type RecordingProblem } from "../../src/replay/event.js";
import { readEvents } from "../../src/replay/reader.js";

interface Outcome {
  readonly events: RecordedEvent[];
  readonly problems: RecordingProblem[];
}

/** Reads a recording that arrives in pieces of a given size. */
async function read(content: string | Buffer, size = 1_000_000): Promise<Outcome> {
  const bytes = Buffer.from(content);
  const problems: RecordingProblem[] = [];
  const events: RecordedEvent[] = [];
  for await (const batch of readEvents(pieces(bytes, size), (problem) => problems.push(problem))) events.push(...batch);
  return { events, problems };
}

async function* pieces(bytes: Buffer, size: number): AsyncGenerator<Buffer, void> {
  for (let start = 0; start < bytes.length; start += size) {
    yield bytes.subarray(start, start + size);
    await Promise.resolve();
  }
}

const documents = ({ events }: Outcome): unknown[] => events.map(({ document }) => document);
const places = ({ problems }: Outcome): string[] => problems.map(({ line, message }) => `${line}: ${message}`);

describe("reading recorded events", () => {
  it("reads NDJSON with line numbers and the lines as they are", async () => {
    const outcome = await read('{"a":1}\n\n  \n{ "b": "ä" }\r\n{"c":3}');
    assert.deepEqual(documents(outcome), [{ a: 1 }, { b: "ä" }, { c: 3 }]);
    assert.deepEqual(
      outcome.events.map(({ line }) => line),
      [1, 4, 5],
    );
    assert.deepEqual(
      outcome.events.map(({ text }) => text),
      ['{"a":1}', '{ "b": "ä" }', '{"c":3}'],
    );
    assert.deepEqual(outcome.problems, []);
  });

  it("reads lines of any length, shorter, longer and as long as what is decoded together", async () => {
    const lengths = [65_536, 10, 65_535, 1, 200_000, 65_537, 0, 131_072, 30_000, 30_000, 30_000];
    const texts = lengths.map((length, index) => `${index}${"ä".repeat(length >> 1)}${"x".repeat(length & 1)}`);
    const outcome = await read(texts.map((text) => `{"t":"${text}"}\n`).join(""), 10_000_000);
    assert.deepEqual(
      documents(outcome).map((document) => (document as { t: string }).t),
      texts,
    );
    assert.deepEqual(
      outcome.events.map(({ line }) => line),
      texts.map((_, index) => index + 1),
    );
    assert.deepEqual(places(outcome), []);
  });

  it("names a line that is no event and goes on", async () => {
    const outcome = await read('{"a":1}\n{"a":\n[1]\n42\nnot json\n{"a":2}\n');
    assert.deepEqual(documents(outcome), [{ a: 1 }, { a: 2 }]);
    assert.deepEqual(
      outcome.problems.map(({ line }) => line),
      [2, 3, 4, 5],
    );
    assert.match(places(outcome)[0] ?? "", /^2: not JSON: /);
    assert.match(places(outcome)[1] ?? "", /^3: not an event/);
  });

  it("takes a broken first line for one", async () => {
    // The last four break off where indented JSON does.
    for (const first of ['{"a":1', 'x":1}', '{"a":{"b":2}', '"text"', "{", '{"a":', '{"a":[', '{"a":1,']) {
      const outcome = await read(`${first}\n{"b":1}\r\n{"b":2}\n`);
      assert.deepEqual(documents(outcome), [{ b: 1 }, { b: 2 }], first);
      assert.equal(outcome.problems.length, 1, first);
      assert.equal(outcome.problems[0]?.line, 1, first);
    }
  });

  it("reads an array on one line, indented, and with a broken element", async () => {
    assert.deepEqual(documents(await read('[{"a":[{"b":1}]},{"c":"]}{\\""}]')), [{ a: [{ b: 1 }] }, { c: ']}{"' }]);
    const outcome = await read('[\n  {\n    "a": 1\n  },\n  { "a": oops },\n  7, {"a": 2}\n]\n');
    assert.deepEqual(documents(outcome), [{ a: 1 }, { a: 2 }]);
    assert.deepEqual(
      outcome.events.map(({ line }) => line),
      [2, 6],
    );
    assert.deepEqual(
      outcome.problems.map(({ line }) => line),
      [5, 6],
    );
    assert.deepEqual(documents(await read("[]")), []);
  });

  it("reads indented objects that follow each other", async () => {
    const outcome = await read('{\n  "a": 1\n}\n{\n  "a": { "b": "}" }\n}\n');
    assert.deepEqual(documents(outcome), [{ a: 1 }, { a: { b: "}" } }]);
    assert.deepEqual(
      outcome.events.map(({ line, text }) => [line, text]),
      [
        [1, '{\n  "a": 1\n}'],
        [4, '{\n  "a": { "b": "}" }\n}'],
      ],
    );
  });

  const hit = (id: number): object => ({ _index: "logs", _id: String(id), _source: { process: { pid: id } } });
  const answers = {
    search: { took: 3, _shards: { total: 1 }, hits: { total: { value: 2 }, hits: [hit(1), hit(2)] } },
    "search with aggregations": {
      hits: { hits: [hit(1), hit(2)] },
      aggregations: { by: { buckets: [{ key: "x", hits: { hits: [hit(3)] } }], other: { deep: {} } } },
    },
    "asynchronous search": { id: "x", is_running: false, response: { hits: { hits: [hit(1), hit(2)] } } },
    EQL: { is_partial: false, hits: { total: { value: 2 }, events: [hit(1), hit(2)] } },
  };
  for (const [name, answer] of Object.entries(answers)) {
    it(`reads an answer of Elasticsearch: ${name}`, async () => {
      for (const text of [JSON.stringify(answer), JSON.stringify(answer, null, 2), `${JSON.stringify(answer)}\n`]) {
        for (const size of [1, 7, 1_000_000]) {
          const outcome = await read(text, size);
          assert.deepEqual(documents(outcome), [{ process: { pid: 1 } }, { process: { pid: 2 } }]);
          assert.deepEqual(JSON.parse(outcome.events[0]?.text ?? ""), hit(1));
          assert.deepEqual(outcome.problems, []);
        }
      }
    });
  }

  it("reads hits that stand on lines of their own", async () => {
    const outcome = await read(`${JSON.stringify(hit(1))}\n{"_index":"logs","fields":{"process.pid":[2]}}\n`);
    assert.deepEqual(documents(outcome), [{ process: { pid: 1 } }, { "process.pid": [2] }]);
  });

  it("says where a recording breaks off", async () => {
    const outcome = await read('[\n{"a":1},\n{"b":');
    assert.deepEqual(documents(outcome), [{ a: 1 }]);
    assert.deepEqual(places(outcome), ["3: the recording ends in the middle of a value"]);
    assert.deepEqual(places(await read('{"a":1}\n{"b":')).length, 1);
  });

  it("leaves out a byte order mark, and reads nothing from nothing", async () => {
    assert.deepEqual(documents(await read('\ufeff{"a":1}\n')), [{ a: 1 }]);
    assert.deepEqual(await read(""), { events: [], problems: [] });
    assert.deepEqual(await read("\n \n"), { events: [], problems: [] });
  });

  it("does not keep an event without end, on a line or in an array", async () => {
    const long = Buffer.alloc(MAX_EVENT_SIZE + 2, "x");
    for (const [before, after] of [
      ['{"a":1}\n{"b":"', '"}\n{"a":2}\n'],
      ['[{"a":1},\n{"b":"', '"},\n{"a":2}]'],
    ] as const) {
      const outcome = await read(Buffer.concat([Buffer.from(before), long, Buffer.from(after)]), 8_000_000);
      // Compared by their keys: a difference of 64 MiB is no message.
      assert.deepEqual(
        outcome.events.map(({ document }) => Object.keys(document)),
        [["a"], ["a"]],
      );
      assert.deepEqual(places(outcome), ["2: an event of more than 64 MiB"]);
    }
  });

  it("gives the same events in any form and in pieces of any size", async () => {
    const event = fc.dictionary(fc.string(), fc.jsonValue(), { maxKeys: 4 }).filter((document) => {
      const keys = ["_source", "fields", "hits", "response"];
      return !keys.some((key) => key in document);
    });
    const forms: readonly ((events: readonly unknown[]) => string)[] = [
      (events) => events.map((item) => `${JSON.stringify(item)}\n`).join(""),
      (events) => JSON.stringify(events),
      (events) => JSON.stringify(events, null, 2),
      (events) => events.map((item) => JSON.stringify({ item }, null, 1)).join("\n"),
      (events) =>
        JSON.stringify({ took: 1, hits: { hits: events.map((item) => ({ _source: item })) }, x: { y: [{}] } }),
    ];
    await fc.assert(
      fc.asyncProperty(
        fc.array(event, { maxLength: 5 }),
        fc.nat(forms.length - 1),
        fc.integer({ min: 1, max: 40 }),
        async (written, form, size) => {
          const events = JSON.parse(JSON.stringify(written)) as unknown[];
          const outcome = await read(forms[form]?.(events) ?? "", size);
          assert.deepEqual(outcome.problems, []);
          assert.deepEqual(documents(outcome), form === 3 ? events.map((item) => ({ item })) : events);
        },
      ),
      { numRuns: 300 },
    );
  });
});
