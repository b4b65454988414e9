import assert from "node:assert/strict";
import { environmentWarnings, isCaptured, variablesAsked, type AskedVariable } from "../../src/rules/environment.js";

function asked(query: string, type = "eql"): string[] {
  return variablesAsked({ type, query }).map(shown);
}

function shown({ name, isPrefix, ignoreCase }: AskedVariable): string {
  return `${name}${isPrefix ? "*" : ""}${ignoreCase ? " in any case" : ""}`;
}

describe("environment variables that rules ask for", () => {
  const cases: readonly [query: string, variables: string[], type?: string][] = [
    ['process where process.env_vars == "LD_PRELOAD=/x"', ["LD_PRELOAD"]],
    ['process where "A=b" != process.parent.env_vars', ["A"]],
    ['process where ?process.env_vars in ("A=1", "B=2")', ["A", "B"]],
    ['process where process.env_vars in~ ("A=1")', ["A in any case"]],
    ['process where process.env_vars : "http_proxy=socks*"', ["http_proxy in any case"]],
    ['process where process.env_vars like ("LD_*", "A=*")', ["LD_*", "A"]],
    ['process where not (x == "y" and process.env_vars like~ "A?=1")', ["A* in any case"]],
    ['process where startsWith(process.env_vars, "A=1")', ["A"]],
    ['process where startsWith(process.env_vars, "LD_")', ["LD_*"]],
    ['process where StartsWith~(process.env_vars, "LD_PRELOAD", "B=")', ["LD_PRELOAD* in any case", "B in any case"]],
    ['process where stringContains(process.env_vars, "LD_")', []],
    ['process where string(process.env_vars) == "A"', []],
    ['process where process.env_vars regex "(A|B)=.*"', []],
    ['process where process.env_vars : "*=socks5h://*" or process.args == "A=1"', []],
    ["process where process.env_vars != null", []],
    ['process.env_vars:(A=1 or "B=2") and not process.env_vars:C* and process.args:D=1', ["A", "B", "C*"], "query"],
    ["process.env_vars:* or not process.name:x", [], "query"],
  ];
  for (const [query, variables, type] of cases) {
    it(`${query}: ${variables.join(", ")}`, () => {
      assert.deepEqual(asked(query, type), variables);
    });
  }

  it("are captured by their name, in any case where the rule says so, and by their beginning", () => {
    const variable = { name: "http_proxy", isPrefix: false, ignoreCase: false };
    assert.equal(isCaptured(variable, ["no_proxy", "http_proxy"]), true);
    assert.equal(isCaptured(variable, ["HTTP_PROXY", "http_proxy_2"]), false);
    assert.equal(isCaptured({ ...variable, ignoreCase: true }, ["HTTP_PROXY"]), true);
    assert.equal(isCaptured({ ...variable, isPrefix: true }, ["http_proxy_2"]), true);
  });

  it("are told, each once, where they are not captured", () => {
    const query = 'process where process.env_vars : ("A=1", "A=2", "B_*", "C=1")';
    const rules = [
      { name: "Asks", type: "eql", query },
      { name: "Asks not", type: "eql", query: 'process where process.args == "A=1"' },
    ];
    const told = 'the rule "Asks" asks for environment variables that are not captured:';
    assert.deepEqual(environmentWarnings(rules, ["C"]), [`${told} A, B_*`]);
    assert.deepEqual(environmentWarnings(rules, ["A", "b_x"]), [`${told} C`]);
    assert.deepEqual(environmentWarnings(rules, ["A", "B_X", "C"]), []);
  });
});
