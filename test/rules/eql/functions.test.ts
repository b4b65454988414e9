import assert from "node:assert/strict";
import { FUNCTION_NAMES } from "../../../src/rules/eql/functions.js";
import { matches, testRows } from "./table.js";

const PATH = { f: "/usr/bin/Python3" };

describe("EQL functions", () => {
  it("are sixteen, by their names in any case", () => {
    assert.equal(FUNCTION_NAMES.length, 16);
    assert.ok(matches('STARTSWITH(f, "/usr") and cidrmatch(g, "10.0.0.0/8")', { ...PATH, g: "10.1.2.3" }));
  });

  testRows([
    ["add(f, 2) == 3", { f: 1 }, true],
    ["subtract(f, 2) == -1", { f: 1 }, true],
    ["multiply(f, 2) == 6", { f: 3 }, true],
    ["divide(f, 2) == 1", { f: 3 }, true],
    ["divide(f, 2.0) == 1.5", { f: 3 }, true],
    ["modulo(f, 2) == 1", { f: 3 }, true],
    ["modulo(f, 0) == null", { f: 3 }, true],

    ['between(f, "/", "/") == "usr"', PATH, true],
    ['between(f, "/", "/", true) == "usr/bin"', PATH, true],
    ['between(f, "n/P", "3") == "ython"', PATH, true],
    ['between(f, "n/p", "3") == ""', PATH, true],
    ['between~(f, "N/p", "3") == "ython"', PATH, true],
    ['between(f, "x", "3") == ""', PATH, true],
    ['between(f, "3", "/", true) == ""', PATH, true],
    ['between(f, "", "x") == "/usr/bin/Python3"', PATH, true],

    ['cidrMatch(f, "10.0.0.0/8")', { f: "10.255.0.1" }, true],
    ['cidrMatch(f, "10.0.0.0/8")', { f: "11.0.0.1" }, false],
    ['cidrMatch(f, "192.168.0.0/16", "10.0.0.0/8")', { f: ["1.1.1.1", "10.0.0.1"] }, true],
    ['cidrMatch(f, "10.0.0.0/8")', {}, false],
    ['not cidrMatch(f, "10.0.0.0/8")', {}, true],
    ['cidrMatch(f, "10.0.0.0/8")', { f: "no address" }, false],

    ['concat(f, ":", g, true, 1.5) == "a:1true1.5"', { f: "a", g: 1 }, true],
    ["concat(f, g) == null", { f: "a" }, true],
    ['concat(f, g) == "b2"', { f: ["a", "b"], g: [1, 2] }, true],

    ['endsWith(f, "3")', PATH, true],
    ['endsWith(f, "python3")', PATH, false],
    ['endsWith~(f, "python3")', PATH, true],
    ["endsWith(f, g)", { f: "abc", g: "bc" }, true],
    ['endsWith(f, "a")', {}, false],

    ['indexOf(f, "/") == 0', PATH, true],
    ['indexOf(f, "/", 1) == 4', PATH, true],
    ['indexOf(f, "python") == null', PATH, true],
    ['indexOf~(f, "python") == 9', PATH, true],
    ['indexOf(f, "/", null) == 0', PATH, true],

    ["length(f) == 16", PATH, true],
    ["length(f) > 0", { f: "" }, false],
    ["length(f) == 1", { f: ["abc", "x"] }, true],

    ["number(f) == 31", { f: "31" }, true],
    ["number(f) == -1.5", { f: "-1.5" }, true],
    ["number(f) == 31", { f: "0x1f" }, true],
    ["number(f, 16) == 31", { f: "0x1f" }, true],
    ["number(f, 16) == 31", { f: "1F" }, true],
    ["number(f, 2) == 5", { f: "101" }, true],
    ["number(f, 2) == null", { f: "102" }, true],
    ["number(f, 99) == null", { f: "1" }, true],
    ["number(f) == null", { f: "x" }, true],
    ["number(f) == null", { f: "" }, true],

    ['startsWith(f, "/usr")', PATH, true],
    ['startsWith(f, "/USR")', PATH, false],
    ['startsWith~(f, "/USR")', PATH, true],
    ['startsWith("/usr/bin/Python3.11", f)', PATH, true],

    ['string(f) == "15"', { f: 15 }, true],
    ['string(f > 10) == "true"', { f: 15 }, true],
    ['string(f) : "1*"', { f: 15 }, true],
    ["string(f) == null", {}, true],

    ['stringContains(f, "Pyt")', PATH, true],
    ['stringContains(f, "pyt")', PATH, false],
    ['stringContains~(f, "pyt")', PATH, true],
    ['stringContains~(f, "É")', { f: "é" }, false],

    ['substring(f, 1, 4) == "usr"', PATH, true],
    ['substring(f, -1) == "3"', PATH, true],
    ['substring(f, -3, -1) == "on"', PATH, true],
    ['substring(f, 4, 2) == ""', PATH, true],
    ['substring(f, -99, 1) == "/"', PATH, true],
    ['substring(f, 99) == ""', PATH, true],
    ['substring(f, g, 4) == "/usr/bin/Python3"', PATH, true],
    ["substring(g, 1) == null", PATH, true],
  ]);
});

describe("endsWith and stringContains of a field and a constant", () => {
  testRows([
    ['stringContains(f, "a*c")', { f: "xabcx" }, true],
    ['stringContains(f, "a?c")', { f: "xacx" }, false],
    [String.raw`stringContains(f, "=\\*")`, { f: "Principal=*" }, true],
    [String.raw`stringContains(f, "=\\*")`, { f: "Principal=x" }, false],
    [String.raw`stringContains(f, "a\\\\b")`, { f: String.raw`a\b` }, true],
    [String.raw`endsWith(f, "b\\")`, { f: "ab\\" }, true],
    ['endsWith~(f, "*.TXT")', { f: ["a.exe", "b.txt"] }, true],
    ['endsWith(f, "?.txt")', { f: ".txt" }, false],
    [String.raw`stringContains(f, "a\\")`, { f: String.raw`a\b` }, false],
    [String.raw`stringContains(f, "a\\")`, { f: "ba*" }, true],
    [String.raw`endsWith(f, "a\\")`, { f: "ba\\" }, true],
    ['stringContains(f, "")', { f: "" }, true],
    ['stringContains(f, "")', {}, false],
    ['not endsWith(f, "*x")', {}, true],
    ['endsWith(f, "a*") == false', { f: "ab" }, false],
    ['string(stringContains(f, "a*c")) == "true"', { f: "abc" }, false],
    ['stringContains("a*c", f)', { f: "*" }, true],
    ['startsWith(f, "a*")', { f: "abc" }, false],
  ]);
});

describe("EQL functions and fields of several values", () => {
  const event = { f: ["a", "bb"], n: [1, 5] };
  testRows([
    ["length(f) == 1 and length(f) == 2", event, true],
    ['concat(f, f) == "abb"', event, true],
    ["length(f) + n == 7", event, true],
    ["not length(f) == 1", event, false],
    ["not length(f) == 3", event, true],
    ["length(f) != 1", event, false],
    ["length(f) == null", event, false],
    ['string(f == "a" and n > 4) == "true"', event, true],
    ['string(f == "a" or g == "x") == "true"', { f: "a" }, true],
    ['string(f == "a" and g == "x") == null', { f: "a" }, true],
    ['string(f == "b" and g == "x") == "false"', { f: "a" }, true],
    ['string(not g == "x") == null', {}, true],
    ['string(g == null) == "true"', {}, true],
    ['string(f in ("a", "c")) == "true"', event, true],
    ['string(f regex "b+") == "true"', event, true],
  ]);

  it("tries a bounded number of combinations, and is then false", function () {
    this.timeout(20_000);
    const args = Array.from({ length: 10_000 }, (_, index) => `argument ${index}`);
    const hostile = { args, last: ["x"] };
    assert.equal(matches('concat(args, args, args) == "x"', hostile), false);
    assert.equal(matches('concat(args, last) == "argument 9999x"', hostile), true);
  });
});
