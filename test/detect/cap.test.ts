import assert from "node:assert/strict";

import { AlertCap, type CapRequest } from "../../src/detect/cap.js";

const WINDOW = 300_000;

function request(
  input: Partial<CapRequest> & { user?: string; executable?: string; session?: string; container?: string },
): CapRequest {
  const { user = "0", executable = "/sbin/iptables", session, container, ...rest } = input;
  return { subject: "rule", limit: 3, eventId: "e", time: 0, actor: { user, executable, session, container }, ...rest };
}

/** How many of the same request pass. */
function admitted(cap: AlertCap, count: number, input: Parameters<typeof request>[0]): number {
  let passed = 0;
  for (let i = 0; i < count; i++) if (cap.admit(request(input))) passed++;
  return passed;
}

describe("the cap", () => {
  it("lets a number of alerts pass in any window, and more once those are over", () => {
    const cap = new AlertCap(WINDOW);
    assert.equal(admitted(cap, 10, { time: 0 }), 3);
    assert.equal(admitted(cap, 10, { time: WINDOW - 1 }), 0);
    assert.equal(admitted(cap, 10, { time: WINDOW }), 3);
  });

  it("slides: alerts of the middle of one window count in the next", () => {
    const cap = new AlertCap(WINDOW);
    assert.equal(admitted(cap, 1, { time: 0 }), 1);
    assert.equal(admitted(cap, 2, { time: WINDOW / 2 }), 2);
    assert.equal(admitted(cap, 10, { time: WINDOW }), 1, "one of the three is over");
  });

  it("counts each subject for itself", () => {
    const cap = new AlertCap(WINDOW);
    assert.equal(admitted(cap, 5, { subject: "one" }), 3);
    assert.equal(admitted(cap, 5, { subject: "two" }), 3);
  });

  it("is not to be used up by one so that another is not seen", () => {
    const cap = new AlertCap(WINDOW);
    assert.equal(admitted(cap, 10_000, { user: "1000", executable: "/home/mallory/iptables", session: "7" }), 3);
    // Each differs in one thing from all before.
    assert.equal(admitted(cap, 5, { user: "1000", executable: "/home/mallory/iptables", session: "8" }), 1, "session");
    assert.equal(admitted(cap, 5, { user: "0", executable: "/home/mallory/iptables", session: "7" }), 1, "user");
    assert.equal(admitted(cap, 5, { user: "1000", executable: "/sbin/iptables", session: "7" }), 1, "executable");
    assert.equal(
      admitted(cap, 5, { user: "1000", executable: "/home/mallory/iptables", container: "c" }),
      1,
      "container",
    );
    // And once more in the next window.
    assert.equal(admitted(cap, 5, { user: "0", executable: "/home/mallory/iptables", session: "7", time: WINDOW }), 3);
  });

  it("does not stay closed when the clock is set back", () => {
    const cap = new AlertCap(WINDOW);
    assert.equal(admitted(cap, 5, { time: 10 * WINDOW }), 3);
    assert.equal(admitted(cap, 5, { time: 0 }), 3);
  });

  it("counts what it holds back, and whose it was, until the window of the first is over", () => {
    const cap = new AlertCap(WINDOW);
    admitted(cap, 4, { time: 0, eventId: "first", session: "7" });
    admitted(cap, 6, { time: 1000, session: "7" });
    admitted(cap, 3, { time: 2000, user: "33", container: "c" });
    assert.deepEqual([...cap.due(WINDOW - 1)], []);
    const suppressed = cap.due(WINDOW).get("rule");
    assert.deepEqual(suppressed, {
      count: 9,
      from: 0,
      until: 2000,
      firstEventId: "first",
      actors: [
        { actor: { user: "0", executable: "/sbin/iptables", session: "7", container: undefined }, count: 7 },
        { actor: { user: "33", executable: "/sbin/iptables", session: undefined, container: "c" }, count: 2 },
      ],
      others: 0,
    });
    assert.deepEqual([...cap.flush()], [], "told once");
  });

  it("counts a bounded number of actors one by one, and the others together", () => {
    const cap = new AlertCap(WINDOW);
    for (let i = 0; i < 50; i++) admitted(cap, 3, { limit: 1, executable: `/tmp/${i}/iptables` });
    const suppressed = cap.flush().get("rule");
    assert.equal(suppressed?.count, 50 * 2);
    assert.equal(suppressed.actors.length, 32);
    assert.equal(suppressed.others, 18 * 2);
  });

  it("stays fast with a limit that is never reached", () => {
    const cap = new AlertCap(WINDOW);
    const before = performance.now();
    assert.equal(admitted(cap, 200_000, { limit: 1_000_000 }), 200_000);
    assert.ok(performance.now() - before < 10_000);
  });
});
