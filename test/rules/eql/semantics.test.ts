import assert from "node:assert/strict";
import { documentResolver } from "../../../src/rules/document.js";
import { compileEql } from "../../../src/rules/eql/compile.js";
import { UnsupportedQuery } from "../../../src/rules/error.js";
import { matches, testRows } from "./table.js";

describe("EQL: addresses and dates", () => {
  testRows([
    ['source.ip == "::1"', { "source.ip": "0:0:0:0:0:0:0:1" }, true],
    ['source.ip == "127.0.0.1"', { "source.ip": ["10.0.0.1", "::ffff:127.0.0.1"] }, true],
    ['source.ip == "10.0.0.0/8"', { "source.ip": "10.1.2.3" }, true],
    ['source.ip != "10.0.0.0/8"', { "source.ip": "10.1.2.3" }, false],
    ['source.ip != "10.0.0.0/8"', {}, true],
    ['source.ip in ("FE80::/10", "x")', { "source.ip": "fe80::1%eth0" }, true],
    ['source.ip in ("FE80::/10", "x")', { "source.ip": "x" }, true],
    ['source.ip not in ("10.0.0.0/8", "::1")', { "source.ip": "::1" }, false],
    ['source.ip > "10.0.0.5"', { "source.ip": "10.0.0.10" }, true],
    ['source.ip >= "10.0.0.5"', { "source.ip": ["x", "9.0.0.1"] }, false],
    ['source.ip < "b"', { "source.ip": "a" }, true],
    ['source.address > "10.0.0.5"', { "source.address": "10.0.0.10" }, false],
    ['source.address == "::1"', { "source.address": "0:0:0:0:0:0:0:1" }, false],
    ['t >= "2024-05-01"', { t: "2024-05-01T00:00:00.000Z" }, true],
    ['t > "2024-05-01"', { t: "2024-05-01T23:00:00.000Z" }, false],
    ['t <= "2024-05-01T12:00:00Z"', { t: "2024-05-01T13:30:00+02:00" }, true],
    ['"2024-05-01T12:00:00Z" < t', { t: "2024-05-01T13:30:00+02:00" }, false],
    ['t < "2024"', { t: "1999-x" }, true],
  ]);

  it("a date relative to now is not evaluated", () => {
    assert.throws(
      () => matches('t >= "now-5m"', {}),
      (error) => error instanceof UnsupportedQuery && error.column === 16,
    );
    assert.equal(matches('t == "now"', { t: "now" }), true);
  });
});

describe("EQL: comparison with a constant", () => {
  testRows([
    ['f == "a"', { f: "a" }, true],
    ['f == "a"', { f: ["b", "a"] }, true],
    ['f == "a"', { f: "A" }, false],
    ['f == "a"', { f: [] }, false],
    ['f == "a"', { f: null }, false],
    ['f == "a"', {}, false],
    ['f == ""', { f: "" }, true],
    ['f == ""', {}, false],
    ['f == "a*"', { f: "ab" }, false],
    ['f == "a*"', { f: "a*" }, true],
    ['"a" == f', { f: "a" }, true],
    ["f == 1", { f: 1 }, true],
    ["f == 1.0", { f: 1 }, true],
    ["f == -1", { f: -1 }, true],
    ["f == +1", { f: 1 }, true],
    ["f == 1e3", { f: 1000 }, true],
    ["f == .5", { f: 0.5 }, true],
    ["f == 9223372036854775807", { f: 2 ** 63 }, true],
    ["f == 123456789012345678901234567890", { f: 1.2345678901234568e29 }, true],
    ["f > -9223372036854775808", { f: 0 }, true],
    ["f < 2", { f: [3, 1] }, true],
    ["f < 2", {}, false],
    ["2 > f", { f: 1 }, true],
    ["2 >= f", { f: 2 }, true],
    ["2 <= f", { f: 1 }, false],
    ['f >= "b"', { f: "b" }, true],
    ['f >= "b"', { f: "B" }, false],
    ['f < "b"', { f: "a" }, true],
    ["f == true", { f: true }, true],
    ["f == true", { f: false }, false],
    ["f", { f: true }, true],
    ["f", { f: [false, true] }, true],
    ["f", { f: "x" }, false],
    ["f", {}, false],
    ["not f", {}, true],
  ]);
});

describe("EQL: a value counts as of the type that it is compared with, as a mapping has it", () => {
  testRows([
    ['f == "0"', { f: 0 }, true],
    ["f == 80", { f: "80" }, true],
    ["f == 80", { f: "80a" }, false],
    ["f == 0", { f: "" }, false],
    ["f > 79", { f: "80" }, true],
    ['f > "79"', { f: 80 }, true],
    ['f in ("0", "1")', { f: 1 }, true],
    ["f in (80, 443)", { f: "443" }, true],
    ["f == true", { f: "true" }, true],
    ["f == false", { f: "" }, true],
    ["f == false", { f: 0 }, false],
    ['f == "true"', { f: true }, true],
    ['f : "8*"', { f: 80 }, true],
    ["length(f) == 2", { f: 80 }, true],
    ["f + 1 == 81", { f: "80" }, true],
  ]);
});

describe("EQL: not, !=, not in are complements", () => {
  testRows([
    ['f != "a"', { f: "b" }, true],
    ['f != "a"', { f: "a" }, false],
    ['f != "a"', { f: ["a", "b"] }, false],
    ['f != "a"', {}, true],
    ['not f == "a"', {}, true],
    ['not f : "a*"', {}, true],
    ["not f > 1", {}, true],
    ['f not in ("a", "b")', {}, true],
    ['f not in ("a", "b")', { f: ["c", "a"] }, false],
    ['f not in~ ("a", "b")', { f: "A" }, false],
    ['not not f == "a"', {}, false],
    ["f == null", {}, true],
    ["f == null", { f: [] }, true],
    ["f == null", { f: "" }, false],
    ["null == f", {}, true],
    ["f != null", { f: 0 }, true],
    ["f != null", { f: false }, true],
    ["f != null", {}, false],
    ["not f == null", { f: "a" }, true],
    ["f < null", { f: 1 }, false],
  ]);
});

describe("EQL: in, :, like, regex", () => {
  testRows([
    ['f in ("a", "b")', { f: "b" }, true],
    ['f in ("a", "b")', { f: "B" }, false],
    ['f in ("a*")', { f: "ab" }, false],
    ['f in ("a", null)', { f: "a" }, true],
    ["f in (null)", {}, false],
    ["f in (1 + 1, 5)", { f: 2 }, true],
    ['f in~ ("A")', { f: "a" }, true],
    ['f in~ ("a*", "b?")', { f: "ab" }, false],
    ['f in~ ("É")', { f: "é" }, false],
    ['f : "A"', { f: "a" }, true],
    ['f : "a*C"', { f: "AbbC" }, true],
    ['f : "a?c"', { f: "ac" }, false],
    ['f : ("x", "a*")', { f: ["q", "ab"] }, true],
    ['f : "*"', { f: "" }, true],
    ['f : "*"', {}, false],
    ['f : "*\\\\cmd.exe"', { f: "C:\\CMD.EXE" }, true],
    ['f like "a*"', { f: "ab" }, true],
    ['f like "a*"', { f: "AB" }, false],
    ['f like ("x", "?b")', { f: "ab" }, true],
    ['f like~ "A*"', { f: "ab" }, true],
    ['f like "50%"', { f: "50%" }, true],
    ['f like "50%"', { f: "500" }, false],
    ['f like "a_c"', { f: "abc" }, false],
    ['f regex "a.c"', { f: "abc" }, true],
    ['f regex "a.c"', { f: "xabc" }, false],
    ['f regex "a.c"', { f: "ABC" }, false],
    ['f regex~ "a.c"', { f: "ABC" }, true],
    ['f regex ("a", "b+")', { f: ["c", "bb"] }, true],
    ['f regex """\\d+\\.\\d+"""', { f: "10.5" }, true],
    ['f regex "[0-9]+\\\\.[0-9]+"', { f: "10x5" }, false],
  ]);
});

describe("EQL: precedence", () => {
  testRows([
    ["true or false and false", {}, true],
    ["(true or false) and false", {}, false],
    ["not true or true", {}, true],
    ["not (true or true)", {}, false],
    ['not f == "a" and true', { f: "b" }, true],
    ["f == 2 + 3 * 4", { f: 14 }, true],
    ["f == (2 + 3) * 4", { f: 20 }, true],
    ["f == 10 - 4 - 3", { f: 3 }, true],
    ["f == 100 / 10 / 5", { f: 2 }, true],
    ["f == -2 * 3", { f: -6 }, true],
    ["f == 2 - -3", { f: 5 }, true],
    ["f == 7 % 4", { f: 3 }, true],
    ['(f in ("a")) == false', { f: "b" }, true],
    ['f in ("a") == true', { f: "a" }, true],
  ]);
});

describe("EQL: what names no field", () => {
  testRows([
    ["1 < 2", {}, true],
    ["not 1 < 2", {}, false],
    ['"a" : "A" and not "a" == "A"', {}, true],
    ["1 > null", {}, false],
    ["not 1 > null", {}, false],
    ["(1 > null) != true", {}, false],
    ['not (f == "a" and not 1 > null)', { f: "a" }, true],
    ["1 > null or 1 == 1", {}, true],
    ["not (1 > null and 1 == 2)", {}, true],
    ['indexOf("abc", "x") != 1', {}, false],
    ['indexOf("abc", "x") == null', {}, true],
    ["null == null", {}, true],
    ['"a" != null', {}, true],
  ]);
});

describe("EQL: arithmetic on fields", () => {
  testRows([
    ["f / 2 == 41", { f: 83 }, true],
    ["f / 2.0 == 41", { f: 83 }, false],
    ["f / 2.0 == 41.5", { f: 83 }, true],
    ["f / 2 == -41", { f: -83 }, true],
    ["f % 0 == 0", { f: 1 }, false],
    ["f / 0 == 0", { f: 1 }, false],
    ["f / 0 == null", { f: 1 }, true],
    ["f + 1 > 0", {}, false],
    ["not f + 1 > 0", {}, true],
    ["f + 1 != 2", {}, true],
    ["f + 1 == null", {}, true],
    ["null == (f > 1)", {}, true],
    ["(f > 1) == true", { f: 2 }, true],
    ["(f > 1) != true", {}, true],
    ["-f == 5", { f: -5 }, true],
    ["f + g == 5", { f: [1, 2], g: [9, 3] }, true],
    ["f + f == 3", { f: [1, 2] }, true],
    ["(f * 2) in (4, 6)", { f: 3 }, true],
  ]);
});

describe("EQL: the event category", () => {
  const query = (text: string) => compileEql(text, documentResolver);

  it("is equal to some value of event.category, by case", () => {
    assert.ok(query("process where true").matches({ event: { category: ["process"] } }));
    assert.ok(query("process where true").matches({ event: { category: ["file", "process"] } }));
    assert.ok(!query("process where true").matches({ event: { category: "Process" } }));
    assert.ok(!query("process where true").matches({}));
    assert.equal(query("process where true").eventCategory, "process");
  });

  it("may be any, or a string, which may say any as well", () => {
    assert.ok(query("any where true").matches({}));
    assert.equal(query("any where true").eventCategory, undefined);
    assert.ok(query('"x y" where true').matches({ "event.category": "x y" }));
    assert.ok(!query('"any" where true').matches({}));
  });

  it("lies in the field that the options name", () => {
    const compiled = compileEql("process where true", documentResolver, { eventCategoryField: "kind" });
    assert.ok(compiled.matches({ kind: "process" }));
    assert.deepEqual(compiled.fields, ["kind"]);
  });
});
