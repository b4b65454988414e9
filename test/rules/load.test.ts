import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";

import { documentResolver, type JsonDocument } from "../../src/rules/document.js";
import { documentFields, tableFields } from "../../src/rules/kql/fields.js";
import { loadRules, type LoadOptions } from "../../src/rules/load.js";
import { problemText } from "../../src/rules/problem.js";
import { type RuleSet, statusOf } from "../../src/rules/ruleset.js";
import type { RuleTarget } from "../../src/rules/target.js";

const RECORDED: RuleTarget<JsonDocument> = { resolve: documentResolver, kqlFields: documentFields };

const FIELDS = ["event.category", "event.type", "process.name", "process.args", "process.parent.name"];
const resolveListed = (field: string): ReturnType<typeof documentResolver> =>
  FIELDS.includes(field) ? documentResolver(field) : undefined;
/** A host that tells of processes that start, by five fields. */
const HOST: RuleTarget<JsonDocument> = {
  resolve: resolveListed,
  kqlFields: tableFields(FIELDS, resolveListed),
  onlyValues: new Map([
    ["event.category", ["process"]],
    ["event.type", ["start"]],
  ]),
};

interface Content {
  readonly id?: string;
  readonly type?: string;
  readonly query?: string;
  readonly more?: string;
}

function toml({ id = "id-1", type = "eql", query = "process where true", more = "" }: Content): string {
  return `[rule]\nrule_id = "${id}"\nname = "Name of ${id}"\ndescription = "d"\nseverity = "low"\nrisk_score = 1
type = "${type}"\nquery = '''\n${query}\n'''\n${more}\n`;
}

describe("loading rules", () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "wallwatch-"));
  });
  afterEach(() => rm(folder, { recursive: true }));

  async function write(name: string, content: string): Promise<void> {
    const path = join(folder, name);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, content);
  }
  const load = (paths: readonly string[], target = RECORDED, options: LoadOptions<JsonDocument> = {}) =>
    loadRules(
      paths.map((path) => join(folder, path)),
      target,
      options,
    );
  const table = (set: RuleSet<JsonDocument>): string[] =>
    set.rules.map((loaded) => {
      const { status, reason } = statusOf(loaded);
      const file = relative(folder, loaded.rule.path);
      return `${file}: ${status}${reason === undefined ? "" : `, ${reason.replace(folder, "")}`}`;
    });
  const told = ({ problems }: RuleSet<JsonDocument>): string[] =>
    problems.map((problem) => problemText(problem).replaceAll(`${folder}/`, ""));

  it("reads files and whole folders, in the order of their names", async () => {
    await write("b.toml", toml({ id: "b" }));
    await write("a/z.toml", toml({ id: "az" }));
    await write("a/.hidden.toml", "not read");
    await write("a/readme.md", "not read");
    await write("one.rule", toml({ id: "one" }));
    await symlink(join(folder, "one.rule"), join(folder, "c.toml"));
    const set = await load([""]);
    assert.deepEqual(told(set), []);
    assert.deepEqual(table(set), ["a/z.toml: live", "b.toml: live", "c.toml: live"]);
    assert.deepEqual(table(await load(["one.rule"])), ["one.rule: live"]);
  });

  it("names what is broken and loads the rest", async () => {
    await write("a.toml", "[rule\n");
    await write("b.toml", toml({ id: "b", query: "process where\n  oops)" }));
    await write("c.toml", toml({ id: "c" }));
    await write("d.toml", toml({ id: "d", type: "query", query: "a:(b" }));
    await symlink(join(folder, "nowhere"), join(folder, "e.toml"));
    await write("f.toml", `#${"x".repeat(1_048_576)}`);
    const set = await load(["", "missing"]);
    assert.deepEqual(table(set), ["c.toml: live"]);
    const problems = told(set);
    assert.equal(problems.length, 6);
    assert.match(problems[0] ?? "", /^a\.toml:1:\d+: this is not TOML/);
    assert.match(problems[1] ?? "", /^b\.toml:10:7: .*\n {4}oops\)\n {8}\^$/);
    assert.match(problems[2] ?? "", /^d\.toml:9:5: expected "and", "or" or "\)", found the end/);
    assert.equal(problems[3], "e.toml: there is no such file or folder");
    assert.match(problems[4] ?? "", /^f\.toml: has 1048577 bytes, more than/);
    assert.equal(problems[5], "missing: there is no such file or folder");
  });

  it("waits for no pipe that lies in a folder of rules", async () => {
    await write("a.toml", toml({ id: "a" }));
    execFileSync("mkfifo", [join(folder, "pipe.toml")]);
    const set = await load([""]);
    assert.deepEqual(table(set), ["a.toml: live"]);
    assert.deepEqual(told(set), ["pipe.toml: is not a regular file"]);
  });

  it("lets a later path override an earlier one's rule of the same id", async () => {
    await write("shipped/a.toml", toml({ id: "a" }));
    await write("shipped/b.toml", toml({ id: "b" }));
    await write("own/mine.toml", toml({ id: "a", more: "[wallwatch]\nenabled = false" }));
    assert.deepEqual(table(await load(["shipped", "own"])), [
      "shipped/a.toml: overridden, by /own/mine.toml",
      "shipped/b.toml: live",
      "own/mine.toml: disabled, enabled = false in its file",
    ]);
    assert.deepEqual(table(await load(["own", "shipped"])), [
      "own/mine.toml: overridden, by /shipped/a.toml",
      "shipped/a.toml: live",
      "shipped/b.toml: live",
    ]);
  });

  it("makes the same id twice within one path an error of the second", async () => {
    await write("a.toml", toml({ id: "same" }));
    await write("b.toml", toml({ id: "same" }));
    const set = await load([""]);
    assert.deepEqual(table(set), ["a.toml: live"]);
    assert.deepEqual(told(set), ["b.toml: its rule.rule_id same is that of a.toml already"]);
  });

  it("keeps the rule of a file that broke, and says so", async () => {
    await write("a.toml", toml({ id: "a" }));
    await write("b.toml", toml({ id: "b" }));
    const previous = await load([""]);
    await write("a.toml", toml({ id: "a", query: "oops)" }));
    await rm(join(folder, "b.toml"));
    await write("c.toml", "oops");
    const set = await load([""], RECORDED, { previous });
    assert.deepEqual(table(set), ["a.toml: live"]);
    const problems = told(set);
    assert.equal(problems.length, 3);
    assert.match(problems[0] ?? "", /^a\.toml:9:5: /);
    assert.equal(problems[1], "a.toml: its rule stays as it was: Name of a (a)");
    assert.match(problems[2] ?? "", /^c\.toml:1:\d+: /);
  });

  it("has the rule of a file that broke once, even where two paths have the file", async () => {
    await write("more/a.toml", toml({ id: "a" }));
    const previous = await load(["", "more"]);
    await write("more/a.toml", "oops");
    const set = await load(["", "more"], RECORDED, { previous });
    assert.deepEqual(table(set), table(previous));
    assert.equal(set.live.length, 1);
  });

  it("keeps the rules of a file or folder that is gone, and says so", async () => {
    for (const id of ["b", "c"]) await write(`more/deep/${id}.toml`, toml({ id }));
    await write("more-or-less/d.toml", toml({ id: "d" }));
    await write("one.toml", toml({ id: "one" }));
    const paths = ["more", "more-or-less", "one.toml", "more/deep"];
    let previous = await load(paths);
    await rm(join(folder, "more"), { recursive: true });
    await rm(join(folder, "one.toml"));
    // However often it is looked.
    for (let again = 0; again < 2; again++) {
      const set = await load(paths, RECORDED, { previous });
      assert.deepEqual(table(set), table(previous));
      assert.deepEqual(told(set), [
        "more: there is no such file or folder",
        "more: its 2 rules stay as they were",
        "one.toml: there is no such file or folder",
        "one.toml: its rule stays as it was: Name of one (one)",
        "more/deep: there is no such file or folder",
        "more/deep: its 2 rules stay as they were",
      ]);
      previous = set;
    }
    assert.deepEqual(table(await load(["more-or-less"], RECORDED, { previous })), ["more-or-less/d.toml: live"]);
  });

  it("reads by the way that it is given", async () => {
    await write("a.toml", toml({ id: "a" }));
    await write("b.toml", toml({ id: "b" }));
    const set = await load([""], RECORDED, {
      read: (path) => (path.endsWith("b.toml") ? Promise.reject(new Error("not trusted")) : readFile(path, "utf8")),
    });
    assert.deepEqual(table(set), ["a.toml: live"]);
    assert.deepEqual(told(set), ["b.toml: not trusted"]);
  });

  it("reads each field once for an event, however many rules ask for it", async () => {
    for (const id of ["a", "b", "c"])
      await write(`${id}.toml`, toml({ id, query: `process where process.args == "${id}"` }));
    const reads: string[] = [];
    const resolve: typeof documentResolver = (field) => {
      const accessor = documentResolver(field);
      return (document) => {
        reads.push(field);
        return accessor?.(document);
      };
    };
    const { live } = await load([""], { resolve });
    const matching = (args: string): string[] => {
      const event = { event: { category: "process" }, process: { args } };
      return live.filter(({ query }) => query.matches(event)).map(({ rule }) => rule.id);
    };
    assert.deepEqual(matching("b"), ["b"]);
    assert.deepEqual(reads.sort(), ["event.category", "process.args"]);
    assert.deepEqual([matching("c"), matching("a"), matching("")], [["c"], ["a"], []]);
    assert.equal(reads.length, 8);
  });

  it("says of each rule what becomes of it on a host, and why", async () => {
    const rules: Readonly<Record<string, Content>> = {
      live: { query: 'process where process.name == "x" and event.type in ("start", "exec")' },
      "live-optional": { query: "process where ?process.hash.md5 == null" },
      "live-kql": { type: "query", query: "process.name:x and event.category:(file or process) and process.a*:*" },
      category: { query: 'file where process.name == "x"' },
      "category-kql": { type: "query", query: "event.category:network and process.name:x" },
      value: { query: 'process where event.type == "end"' },
      arm: { query: 'any where event.category == "file" and file.path == "/x" or process.args == "/x"' },
      "arm-kql": { type: "query", query: "process.name:x and not (event.category:file and file.path:x)" },
      "arm-script": { query: 'process where process.name == "x" or event.type == "end" and length(file.path) > 3' },
      "arm-asked": { query: 'any where event.category == "file" and file.path == "/x" or process.hash.md5 == "y"' },
      "arms-of-others": { query: 'any where event.type == "end" or event.category == "file" and file.path == "/x"' },
      fields: { query: "process where not process.hash.md5 == null or file.path == null" },
      "fields-kql": { type: "query", query: "process.name:x and not dns.id:*" },
      sequence: { query: "sequence [process where true] [file where true]" },
      pipe: { query: "process where true | head 5" },
      text: { type: "query", query: "process.name:x and segfault" },
      esql: { type: "esql", query: "from logs-*" },
      new_terms: { type: "new_terms", query: "process.name:x" },
      threshold: { type: "threshold", query: "process.name:x" },
      threat_match: { type: "threat_match", query: "process.name:x" },
      future: { type: "telepathy" },
      lucene: { type: "query", query: "a:b", more: 'language = "lucene"' },
      filters: { query: "process where true", more: "filters = [{ meta = {} }]" },
      exceptions: { query: "process where true", more: 'exceptions_list = [{ id = "x" }]' },
      off: { query: "process where true", more: "enabled = false" },
      override: { query: "process where true", more: 'event_category_override = "kind"' },
    };
    for (const [id, content] of Object.entries(rules)) await write(`${id}.toml`, toml({ id, ...content }));
    const ml = toml({ id: "ml", type: "machine_learning" }).replace(/query = '''[^']*'''/, "");
    await write("ml.toml", ml);
    const set = await load([""], HOST);
    assert.deepEqual(told(set), []);
    assert.deepEqual(Object.fromEntries(table(set).map((line) => line.split(".toml: ") as [string, string])), {
      live: "live",
      "live-optional": "live",
      "live-kql": "live",
      category: 'replay-only, it asks for event.category "file"; events of this host have "process"',
      "category-kql": 'replay-only, it asks for event.category "network"; events of this host have "process"',
      value: 'replay-only, it asks for event.type "end"; events of this host have "start"',
      arm: "live",
      "arm-kql": "live",
      "arm-script": "live",
      "arm-asked": "replay-only, it asks for what events of this host do not have: process.hash.md5",
      "arms-of-others": "replay-only, it asks for what events of this host do not have: file.path",
      fields: "replay-only, it asks for what events of this host do not have: file.path, process.hash.md5",
      "fields-kql": "replay-only, it asks for what events of this host do not have: dns.id",
      override: "replay-only, it asks for what events of this host do not have: kind",
      sequence:
        "unsupported, line 1, column 1 of its query: a sequence is about several events; only queries for one are evaluated",
      pipe: 'unsupported, "| head" chooses among the results of a search',
      text: 'unsupported, line 1, column 20 of its query: "segfault" has no field: text that any field may hold is not evaluated; write FIELD:VALUE',
      esql: "unsupported, its language is ES|QL, which is not evaluated",
      new_terms: "unsupported, it asks whether values are new over a history (new_terms)",
      threshold: "unsupported, it counts events over a time (threshold)",
      threat_match: "unsupported, it compares events with an index of indicators (threat_match)",
      ml: "unsupported, it reads the results of a machine learning job",
      future: 'unsupported, its type "telepathy" is not known',
      lucene: 'unsupported, its language is "lucene", which is not evaluated',
      filters: "unsupported, part of what it matches stands outside its query, in filters",
      exceptions: "unsupported, part of what it matches stands outside its query, in exceptions_list",
      off: "disabled, enabled = false in its file",
    });
    assert.deepEqual(
      set.live.map(({ rule }) => rule.id),
      ["arm-kql", "arm-script", "arm", "live-kql", "live-optional", "live"],
    );
    const recorded = await load([""], RECORDED);
    assert.equal(recorded.live.length, 14, "what only the host cannot supply, a recorded event can");
  });

  it("gives the rules that can match a name, and no overridden or disabled one", async () => {
    await write("1/a.toml", toml({ id: "a", query: 'process where process.name in ("ufw", "nft")' }));
    await write("1/b.toml", toml({ id: "b", query: 'process where process.name : "UFW"' }));
    await write("1/c.toml", toml({ id: "c", query: 'process where process.args == "x"' }));
    await write("1/d.toml", toml({ id: "d", type: "query", query: "process.name:ufw" }));
    await write("1/e.toml", toml({ id: "e", query: 'process where process.name == "ufw"', more: "enabled = false" }));
    await write("2/d.toml", toml({ id: "d", type: "query", query: "process.name:other" }));
    const set = await load(["1", "2"]);
    const ids = (name: string | undefined): string[] => set.candidates(name).map(({ rule }) => rule.id);
    assert.deepEqual(ids("ufw"), ["a", "b", "c"]);
    assert.deepEqual(ids("Ufw"), ["b", "c"]);
    assert.deepEqual(ids("other"), ["c", "d"]);
    assert.deepEqual(ids(undefined), ["c"]);
    assert.deepEqual(
      set
        .candidatesOf(["other", "nft"], {})
        .map(({ rule }) => rule.id)
        .sort(),
      ["a", "c", "d"],
    );
    for (const { query } of set.candidates("ufw")) {
      assert.equal(query.matches({ event: { category: "process" }, process: { name: "none" } }), false);
    }
  });
});
