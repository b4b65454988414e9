import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { CommandError } from "../../src/cli/exit.js";
import { rules } from "../../src/cli/rules.js";
import { test } from "../../src/cli/test.js";
import { recordedStdio } from "../support/stdio.js";

function toml(id: string, query: string, more = ""): string {
  return `[rule]\nrule_id = "${id}"\nname = "Name of ${id}"\ndescription = "d"\nseverity = "low"\nrisk_score = 1
type = "eql"\nquery = '${query}'\n${more}\n`;
}

describe("commands about rules", () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "wallwatch-"));
    await mkdir(join(folder, "rules"));
    await mkdir(join(folder, "bad"));
    const files = {
      "rules/a.toml": toml("a", 'process where process.name == "x"', "[wallwatch]\nversion = 3"),
      "rules/b.toml": toml("b", 'file where process.name == "x"'),
      "bad/broken.toml": toml("c", "process where oops ==").replace("severity", "svrity"),
    };
    for (const [name, content] of Object.entries(files)) await writeFile(join(folder, name), content);
  });
  after(() => rm(folder, { recursive: true }));

  async function run(command: typeof rules, ...args: string[]): Promise<{ code: number; out: string; err: string }> {
    const stdio = recordedStdio();
    const code = await command(args, stdio);
    return { code, out: stdio.out().replaceAll(`${folder}/`, ""), err: stdio.err().replaceAll(`${folder}/`, "") };
  }

  describe("wallwatch rules", () => {
    it("lists rules, what becomes of them and why", async () => {
      assert.deepEqual(await run(rules, join(folder, "rules")), {
        code: 0,
        out: `live         Name of a     3  rules/a.toml
replay-only  Name of b        rules/b.toml
             it asks for event.category "file"; events of this host have "process"
2 rules: 1 live, 1 replay-only
`,
        err: "",
      });
    });

    it("gives one JSON object for each file, with the same keys", async () => {
      const { code, out } = await run(rules, "--json", join(folder, "rules"), join(folder, "bad"));
      assert.equal(code, 1);
      const objects = out
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line) as unknown);
      const reason = 'it asks for event.category "file"; events of this host have "process"';
      // A file that is named twice overrides itself, and applies.
      const twice = await run(
        rules,
        "--json",
        join(folder, "rules"),
        join(folder, "rules", "a.toml"),
        join(folder, "bad"),
      );
      assert.equal(twice.out, out);
      assert.deepEqual(objects, [
        { path: "rules/a.toml", id: "a", name: "Name of a", version: 3, status: "live", reason: null },
        { path: "rules/b.toml", id: "b", name: "Name of b", version: null, status: "replay-only", reason },
        {
          path: "bad/broken.toml",
          id: "c",
          name: "Name of c",
          version: null,
          status: "broken",
          reason: "line 1, column 2: rule.severity is missing",
        },
      ]);
    });

    it("--json names the rule of a file whose query is wrong, or whose id is taken already", async () => {
      const broken = await mkdtemp(join(tmpdir(), "wallwatch-broken-"));
      try {
        await writeFile(join(broken, "a.toml"), toml("a", "process where true"));
        await writeFile(join(broken, "again.toml"), toml("a", "process where false"));
        await writeFile(join(broken, "query.toml"), toml("d", "process where oops =="));
        const { code, out } = await run(rules, "--json", broken);
        const objects = out
          .trimEnd()
          .split("\n")
          .map((line) => JSON.parse(line) as Record<string, unknown>);
        assert.deepEqual(
          objects.map(({ id, name, status }) => [id, name, status]),
          [
            ["a", "Name of a", "live"],
            ["a", "Name of a", "broken"],
            ["d", "Name of d", "broken"],
          ],
        );
        assert.equal(code, 1);
      } finally {
        await rm(broken, { recursive: true });
      }
    });

    it("tells of a broken file on standard error, and exits with 1", async () => {
      const { code, out, err } = await run(rules, join(folder, "bad"));
      assert.deepEqual([code, out], [1, "0 rules; 1 file not loaded\n"]);
      assert.equal(err, "wallwatch: bad/broken.toml:1:2: rule.severity is missing\n");
    });

    it("lists what the configuration names", async () => {
      const config = join(folder, "wallwatch.toml");
      await writeFile(config, `[rules]\nshipped = false\npaths = ["${join(folder, "rules")}"]\n`, { mode: 0o600 });
      const { code, out } = await run(rules, "--config", config);
      assert.equal(code, 0);
      assert.match(out, /^live .*\nreplay-only .*\n.*\n2 rules: /);
      await assert.rejects(run(rules, "--config", join(folder, "none")), CommandError);
    });

    it("lists the shipped rules: all load", async () => {
      const config = join(folder, "empty.toml");
      await writeFile(config, "[rules]\npaths = []\n", { mode: 0o600 });
      const { code, out, err } = await run(rules, "--json", "--config", config);
      assert.deepEqual([code, err], [0, ""]);
      for (const line of out.trim().split("\n")) {
        const { status, version } = JSON.parse(line) as { status: string; version: number };
        assert.match(status, /^(?:live|disabled)$/, line);
        assert.ok(version > 0, line);
      }
    });
  });

  describe("wallwatch test", () => {
    const example = (name: string, match: boolean, exec: string): string =>
      `[[example]]\nname = "${name}"\nmatch = ${match}\nexec = ["${exec}"]\n`;
    const query = 'process where process.name == "x"';

    it("finds the shipped rules as their files say", async () => {
      const { code, out, err } = await run(test);
      assert.deepEqual([code, err], [0, ""], out);
      assert.match(out, /\n\d+ rules, \d{2,} examples, 0 not as their files say\n$/);
    });

    it("names each example that is not as its file says", async () => {
      const path = join(folder, "examples.toml");
      await writeFile(
        path,
        toml("a", query, example("one", true, "x") + example("two", true, "y") + example("three", false, "x")),
      );
      assert.deepEqual(await run(test, path), {
        code: 1,
        out: `FAIL  Name of a: 3 examples (examples.toml)
      "two" does not match, and must
      "three" matches, and must not
1 rule, 3 examples, 2 not as their files say
`,
        err: "",
      });
    });

    it("tries rules that are disabled, and says what can't be tried", async () => {
      const disabled = join(folder, "disabled.toml");
      await writeFile(disabled, toml("a", query, `enabled = false\n${example("one", true, "x")}`));
      const { code, out } = await run(test, disabled);
      assert.deepEqual([code, out.split("\n")[0]], [0, "ok    Name of a: 1 example (disabled.toml)"]);
      const sequence = join(folder, "sequence.toml");
      await writeFile(sequence, toml("b", "sequence [any where true] [any where true]", example("one", true, "x")));
      const result = await run(test, sequence);
      assert.equal(result.code, 1);
      assert.match(result.out, /^FAIL .*\n {6}"one" can't be tried: .*sequence/);
    });

    it("exits with 1 for a broken file", async () => {
      const { code, err } = await run(test, join(folder, "bad"));
      assert.equal(code, 1);
      assert.match(err, /broken\.toml:1:2/);
    });
  });
});
