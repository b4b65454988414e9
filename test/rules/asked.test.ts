import assert from "node:assert/strict";
import { fieldsAsked } from "../../src/rules/asked.js";
import { documentResolver } from "../../src/rules/document.js";
import { compileEql } from "../../src/rules/eql/compile.js";

const ALWAYS = new Map([
  ["event.category", ["process"]],
  ["host.os.type", ["linux"]],
]);

function asked(query: string): string[] | undefined {
  const fields = fieldsAsked(compileEql(query, documentResolver).formula(), ALWAYS);
  return fields && [...fields].sort();
}

describe("fields that decide about events of one kind", () => {
  const cases: readonly [query: string, fields: string[] | undefined][] = [
    ['process where a == "1" and b == "2"', ["a", "b"]],
    ['any where (host.os.type == "windows" and a == "1") or b == "2"', ["b"]],
    ['any where not (host.os.type == "macos" and a == null) and b : "2*"', ["b"]],
    ['any where host.os.type in ("linux", "macos") and a == "1" or b == "2"', ["a", "b"]],
    ['any where (event.category == "file" and length(a) > 2) or b == "2"', ["b"]],
    ['any where host.os.type : "LINUX" or a == "1"', []],
    ['any where length(a) > 2 or b == "2"', undefined],
    ['file where a == "1"', undefined],
  ];
  for (const [query, fields] of cases) {
    it(`${query}: ${fields === undefined ? "not known" : fields.join(", ")}`, () => {
      assert.deepEqual(asked(query), fields);
    });
  }
});
