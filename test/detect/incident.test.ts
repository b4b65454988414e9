import assert from "node:assert/strict";

import type { Candidate } from "../../src/detect/candidate.js";
import { Incidents } from "../../src/detect/incident.js";

const MINUTE = 60_000;

function exec(execId: string, time: number, ...lineage: string[]): Candidate {
  return {
    eventId: execId,
    execId,
    time,
    lineage,
    parentId: lineage[0],
    actor: { executable: undefined, user: undefined, session: undefined, container: undefined },
    document: () => ({}),
  };
}

describe("incidents", () => {
  it("of execs below the same parent are one", () => {
    const incidents = new Incidents();
    assert.equal(incidents.idOf(exec("a", 0, "shell", "sshd")), "shell");
    assert.equal(incidents.idOf(exec("b", 60 * MINUTE, "shell", "sshd")), "shell");
    assert.equal(incidents.idOf(exec("c", 0, "other shell", "sshd")), "other shell");
  });

  it("go on below an exec that matched, however deep", () => {
    const incidents = new Incidents();
    assert.equal(incidents.idOf(exec("ufw", 0, "shell")), "shell");
    assert.equal(incidents.idOf(exec("iptables", 1000, "ufw-init", "ufw", "shell")), "shell");
    assert.equal(incidents.idOf(exec("deeper", 2000, "sh", "iptables", "ufw-init", "ufw", "shell")), "shell");
  });

  it("are those of the nearest creator that matched", () => {
    const incidents = new Incidents();
    incidents.idOf(exec("far", 0, "one"));
    incidents.idOf(exec("near", 0, "two"));
    assert.equal(incidents.idOf(exec("x", 1000, "sh", "near", "far")), "two");
  });

  it("end five minutes after the creator matched, on either side of a clock that was set", () => {
    for (const direction of [1, -1]) {
      const incidents = new Incidents();
      incidents.idOf(exec("ufw", 0, "shell"));
      assert.equal(incidents.idOf(exec("a", direction * (5 * MINUTE - 1), "sh", "ufw")), "shell");
      assert.equal(incidents.idOf(exec("b", direction * 5 * MINUTE, "sh", "ufw")), "sh");
    }
  });

  it("are the same for every rule that an exec matches", () => {
    const incidents = new Incidents();
    const ufw = exec("ufw", 0, "shell");
    assert.equal(incidents.idOf(ufw), incidents.idOf(ufw));
  });

  it("without a known parent are the exec's own", () => {
    assert.equal(new Incidents().idOf(exec("alone", 0)), "alone");
  });

  it("are remembered within a bound, the latest longest", () => {
    const incidents = new Incidents();
    incidents.idOf(exec("early", 0, "one"));
    for (let i = 0; i < 10_000; i++) incidents.idOf(exec(`exec ${i}`, 1000, `parent ${i}`));
    assert.equal(incidents.idOf(exec("x", 2000, "sh", "early")), "sh");
    assert.equal(incidents.idOf(exec("y", 2000, "sh", "exec 9999")), "parent 9999");
  });
});
