import assert from "node:assert/strict";

import fc from "fast-check";
import { parse, stringify, type TomlTable } from "smol-toml";

import { keyPositions, type KeyPath } from "../../src/toml/positions.js";

function at(toml: string, path: KeyPath): string {
  parse(toml); // the scanner may rely on it
  const position = keyPositions(toml)(path);
  return position === undefined ? "nowhere" : `${position.line}:${position.column}`;
}

describe("places of keys in TOML", () => {
  it("finds keys of the root, of tables and of dotted names", () => {
    const toml = 'a = 1\n\n[log]\n  path = "x"\n[deep."er one"]\nb.c = 2\n';
    assert.equal(at(toml, ["a"]), "1:1");
    assert.equal(at(toml, ["log"]), "3:2");
    assert.equal(at(toml, ["log", "path"]), "4:3");
    assert.equal(at(toml, ["deep", "er one"]), "5:7");
    assert.equal(at(toml, ["deep", "er one", "b", "c"]), "6:3");
  });

  it("finds elements of arrays, also over several lines with comments", () => {
    const toml = 'tags = [ "a", # ], "no"\n  """b]\n""", [1, 2],\n  { x = 1, "y" = 2 } ]\nlast = 1\n';
    assert.equal(at(toml, ["tags", 0]), "1:10");
    assert.equal(at(toml, ["tags", 1]), "2:3");
    assert.equal(at(toml, ["tags", 2, 1]), "3:10");
    assert.equal(at(toml, ["tags", 3, "y"]), "4:12");
    assert.equal(at(toml, ["last"]), "5:1");
  });

  it("tells the tables of an array apart", () => {
    const toml = "[[sink]]\nname = 1\n[sink.tls]\nca = 1\n[[sink]]\nname = 2\n[sink.tls]\nca = 2\n";
    assert.equal(at(toml, ["sink", 0, "name"]), "2:1");
    assert.equal(at(toml, ["sink", 0, "tls", "ca"]), "4:1");
    assert.equal(at(toml, ["sink", 1, "name"]), "6:1");
    assert.equal(at(toml, ["sink", 1, "tls", "ca"]), "8:1");
  });

  it("is not misled by what stands in strings", () => {
    const toml = `a = "x = 1 # \\" [b]"\nb = '\\'\nc = """"quoted""""\nd = '''it's\ne = 1'''\ne = 2\r\nf = ""\n`;
    assert.equal(at(toml, ["b"]), "2:1");
    assert.equal(at(toml, ["c"]), "3:1");
    assert.equal(at(toml, ["e"]), "6:1");
    assert.equal(at(toml, ["f"]), "7:1");
  });

  it("gives the table's place for a key that is not there", () => {
    assert.equal(at("a = 1\n[log]\n", ["log", "path"]), "2:2");
    assert.equal(at("a = 1\n", ["b"]), "nowhere");
  });

  it("gives what lies too deep the place of what it lies in", () => {
    const deep = Array<string>(100_000).fill("a");
    const positionOf = keyPositions(`[t]\nb = 1\n${deep.join(".")} = 1\n[${deep.join(".")}]\n`);
    assert.deepEqual(positionOf(["t", ...deep.slice(0, 70)]), { line: 3, column: 125 });
    assert.deepEqual(positionOf(["t", "a", "a"]), { line: 3, column: 3 });
  });

  it("finds every key of any document", () => {
    const key = fc
      .oneof(fc.stringMatching(/^[a-z]{1,5}$/), fc.string({ minLength: 1, maxLength: 6 }))
      .filter((name) => name !== "__proto__");
    const { table } = fc.letrec<{ table: TomlTable; value: TomlTable[string] }>((tie) => ({
      table: fc.dictionary(key, tie("value"), { maxKeys: 4 }),
      value: fc.oneof(
        { maxDepth: 3 },
        fc.string({ unit: "grapheme" }),
        fc.integer(),
        fc.boolean(),
        fc.array(fc.string(), { maxLength: 3 }),
        fc.array<TomlTable>(tie("table"), { minLength: 1, maxLength: 3 }),
        tie("table"),
      ),
    }));
    fc.assert(
      fc.property(table, (document) => {
        const toml = stringify(document);
        const positionOf = keyPositions(toml);
        const lines = toml.split("\n");
        for (const name of Object.keys(document)) {
          const position = positionOf([name]);
          assert.ok(position, `${name} in ${toml}`);
          const found = lines[position.line - 1]?.slice(position.column - 1) ?? "";
          assert.ok(
            [name, JSON.stringify(name).slice(0, 2), `'${name}'`].some((start) => found.startsWith(start)),
            found,
          );
        }
      }),
      { numRuns: 300 },
    );
  });
});
