import assert from "node:assert/strict";

import { hostChecks, kernelNumber } from "../../../src/cli/checks/host.js";
import { EXIT } from "../../../src/cli/exit.js";
import type { HostState } from "../../../src/cli/host_state.js";

const GOOD: HostState = {
  uid: 0,
  capabilities: (1n << 41n) - 1n,
  namespaces: { pid: true, user: true, net: true },
  kernel: "6.1.0-18-amd64",
  hasProcEvents: true,
  hasBtf: true,
  lockdown: "integrity",
};

/** Those results that are not ok, as "NAME STATUS EXITCODE". */
function troubles(state: Partial<HostState>): string[] {
  const results = hostChecks({ ...GOOD, ...state }).filter(({ status }) => status !== "ok");
  for (const { cure } of results) assert.ok(cure !== undefined, "each with its cure");
  return results.map(({ name, status, exitCode }) => [name, status, exitCode ?? ""].join(" ").trim());
}

describe("the checks of the host", () => {
  it("find nothing wrong with a good one", () => assert.deepEqual(troubles({}), []));

  for (const [what, state, expected] of [
    ["an old kernel", { kernel: "5.4.0-150-generic" }, ["kernel warning"]],
    ["a kernel without process events", { hasProcEvents: false }, [`kernel failed ${EXIT.unavailable}`]],
    ["no type information", { hasBtf: false }, ["BTF warning"]],
    ["lockdown", { lockdown: "confidentiality" }, ["lockdown warning"]],
    ["a container", { namespaces: { pid: false, user: true, net: false } }, [`namespaces failed ${EXIT.unavailable}`]],
    ["no privileges", { capabilities: 0n }, [`privileges failed ${EXIT.privilege}`]],
    ["few privileges", { capabilities: 1n << 12n }, ["privileges warning"]],
    ["CAP_SYS_ADMIN for what it was once needed for", { capabilities: (1n << 12n) | (1n << 21n) | (1n << 19n) }, []],
  ] as const) {
    it(`find ${what}`, () => assert.deepEqual(troubles(state), expected));
  }

  it("name each missing capability and what it is for", () => {
    const [result] = hostChecks({ ...GOOD, capabilities: 1n << 12n }).filter(({ name }) => name === "privileges");
    for (const name of ["CAP_BPF", "CAP_PERFMON", "CAP_SYS_PTRACE"]) assert.ok(result?.detail.includes(`${name} (`));
  });
});

describe("the number of a kernel", () => {
  it("orders", () => {
    assert.deepEqual(
      ["5.4.0", "5.10.0-28-amd64", "6.1.0", "6.18.44", "7.0-rc1"].map(kernelNumber),
      [5004, 5010, 6001, 6018, 7000],
    );
    assert.equal(kernelNumber(undefined), undefined);
    assert.equal(kernelNumber("unknown"), undefined);
  });
});
