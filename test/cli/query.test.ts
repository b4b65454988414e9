import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";

import { CommandError } from "../../src/cli/exit.js";
import { query } from "../../src/cli/query.js";
import { recordedStdio, type StdioOptions } from "../support/stdio.js";

const EVENTS = [1, 2, 3, 4, 5].map((pid) => ({
  event: { category: "process" },
  process: { pid, name: pid % 2 === 0 ? "even" : "odd" },
}));
const NDJSON = EVENTS.map((event) => `${JSON.stringify(event)}\n`).join("");
const lines = (...pids: number[]): string => pids.map((pid) => `${JSON.stringify(EVENTS[pid - 1])}\n`).join("");

async function run(
  args: readonly string[],
  options: StdioOptions = { stdin: NDJSON },
): Promise<{ code: number; out: string; err: string }> {
  const stdio = recordedStdio(options);
  const code = await query(args, stdio);
  return { code, out: stdio.out(), err: stdio.err() };
}

describe("wallwatch query", () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "wallwatch-"));
    await writeFile(join(folder, "events.ndjson"), NDJSON);
    await writeFile(join(folder, "events.gz"), gzipSync(NDJSON));
    await writeFile(join(folder, "cut.gz"), gzipSync(NDJSON.repeat(2000)).subarray(0, -20));
    const hits = EVENTS.map((event, index) => ({ _id: String(index), _source: event }));
    await writeFile(join(folder, "answer.json"), JSON.stringify({ hits: { hits } }, null, 2));
  });
  after(() => rm(folder, { recursive: true }));

  it("prints the lines that match, as they are, like grep", async () => {
    const spaced = '{ "process": {"name":"even"},   "event.category": "process" }';
    const result = await run(['process where process.name == "even"'], { stdin: `${NDJSON}${spaced}\n` });
    assert.deepEqual(result, { code: 0, out: `${lines(2, 4)}${spaced}\n`, err: "" });
  });

  it("prints events of an array or an answer as they are, each on one line", async () => {
    const big = '{ "big": 12345678901234567890,\r\n\t"text": "a\\n b" }';
    const { out } = await run(["any where true"], { stdin: `[\n${big},\n  ${big.replace(/\s+/g, " ")}\n]\n` });
    assert.equal(
      out,
      '{ "big": 12345678901234567890,"text": "a\\n b" }\n{ "big": 12345678901234567890, "text": "a\\n b" }\n',
    );
  });

  it("takes events of any depth", async () => {
    const deep = `${'{"a":'.repeat(100_000)}1${"}".repeat(100_000)}`;
    const expected = { code: 0, out: `${lines(1)}${deep}\n${lines(2)}`, err: "" };
    const array = `[${[lines(1), deep, lines(2)].join(",")}]`;
    for (const stdin of [array, expected.out]) {
      assert.deepEqual(await run(["any where process.pid < 3 or a == null"], { stdin }), expected);
      assert.deepEqual(await run(["--kql", "process.p*d < 3 or not a:1"], { stdin }), expected);
    }
  });

  it("exits with 1 where nothing matches", async () => {
    assert.deepEqual(await run(['process where process.name == "none"']), { code: 1, out: "", err: "" });
    assert.deepEqual(await run(["any where true"], { stdin: "" }), { code: 1, out: "", err: "" });
  });

  it("speaks KQL on request", async () => {
    assert.equal((await run(["--kql", "process.name:even and process.pid > 2"])).out, lines(4));
    assert.equal((await run(["--kql", "process.*:4"])).out, lines(4));
  });

  it("applies head and tail, and stops reading when the head is full", async () => {
    assert.equal((await run(["any where true | head 2"])).out, lines(1, 2));
    assert.equal((await run(["any where true | tail 2"])).out, lines(4, 5));
    assert.equal((await run(["any where true | tail 3 | head 1"])).out, lines(3));
    assert.equal((await run(["any where true | head 3 | tail 1"])).out, lines(3));
    assert.deepEqual(await run(["any where true | head 0"]), { code: 1, out: "", err: "" });
    const behind = await run(["any where true | head 1", join(folder, "events.ndjson"), join(folder, "missing")]);
    assert.deepEqual(behind, { code: 0, out: lines(1), err: "" });
  });

  it("reads several files, packed or not, answers of a search, and standard input between them", async () => {
    const files = ["events.ndjson", "events.gz"].map((name) => join(folder, name));
    const result = await run(["process where process.pid == 1", ...files, "-"]);
    assert.deepEqual(result, { code: 0, out: lines(1).repeat(3), err: "" });
    const { out } = await run(["process where process.pid == 2", join(folder, "answer.json")]);
    assert.deepEqual(JSON.parse(out), { _id: "1", _source: EVENTS[1] });
  });

  it("names what is no event, goes on, and exits with 2", async () => {
    const result = await run(["any where true"], { stdin: `${lines(1)}oops\n[2]\n${lines(2)}` });
    assert.equal(result.code, 2);
    assert.equal(result.out, lines(1, 2));
    assert.match(
      result.err,
      /^wallwatch: standard input:2: not JSON: .*\nwallwatch: standard input:3: not an event: .*\n$/,
    );
  });

  it("lets nothing of what it names act on the terminal", async () => {
    const { err } = await run(["any where true", "-", "no\u001b[2Jfile"], { stdin: "\u001b]0;title\u0007\n" });
    // Line ends are our own.
    assert.doesNotMatch(err.replaceAll("\n", ""), /\p{Cc}/u);
    assert.match(err, /\\e]0;title\\x07/);
    assert.match(err, /no\\e\[2Jfile/);
  });

  it("names a file that can't be read or breaks off, and goes on with the others", async () => {
    const paths = ["missing", "cut.gz", "events.ndjson"].map((name) => join(folder, name));
    const result = await run(["process where process.pid == 3 | tail 1", ...paths]);
    assert.equal(result.code, 2);
    assert.equal(result.out, lines(3));
    const [missing, cut] = result.err.split("\n").slice(-3);
    assert.match(missing ?? "", /missing: ENOENT/);
    assert.match(cut ?? "", /cut\.gz: unexpected end of file/);
  });

  it("shows an error of the query with a caret", async () => {
    const result = await run(["process where process.name = 1"]);
    assert.equal(result.code, 2);
    assert.match(result.err, /^wallwatch: query, line 1, column 28: .*\n {2}process where .*\n {29}\^\n$/);
    assert.equal((await run(["--kql", "segfault"])).code, 2);
  });

  it("refuses other options and a missing query", async () => {
    for (const args of [[], ["--kql"], ["--lucene", "x"]]) {
      await assert.rejects(run(args), (error) => error instanceof CommandError && error.exitCode === 64);
    }
  });
});
