import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { parseConfig } from "../../src/config/load.js";
import { Detector, type Detection } from "../../src/detect/detector.js";
import { Exceptions, exceptionWarnings } from "../../src/detect/exceptions.js";
import { liveView } from "../../src/detect/live.js";
import { liveTarget } from "../../src/detect/live_target.js";
import { recordedView } from "../../src/detect/recorded.js";
import { toDocument } from "../../src/ecs/document.js";
import { LoginSessions } from "../../src/host/logind.js";
import { UserNames } from "../../src/host/users.js";
import type { ExecEvent } from "../../src/process/event.js";
import { documentResolver, type JsonDocument } from "../../src/rules/document.js";
import { documentFields } from "../../src/rules/kql/fields.js";
import { loadRules } from "../../src/rules/load.js";
import { SHIPPED_RULES } from "../../src/rules/shipped.js";
import { documentedExceptions } from "../support/documented_exceptions.js";
import { HOST, Story } from "../support/events.js";
import type { ExecInput } from "../support/records.js";

const SECOND = 1_000_000_000n;

/** `iptables -F`, run by a parent. */
interface Case {
  readonly parent: ExecInput;
  readonly exec?: ExecInput;
}

const SCRIPT = { path: "/opt/maintenance/packet-filter.sh", executable: "/usr/bin/bash" };
const ALICE = { loginUid: 1001, auditSession: 7 };
const UPGRADE = { cgroup: "/system.slice/apt-daily-upgrade.service" };
const DPKG = { path: "/usr/bin/dpkg" };

/** What each example excepts, and what is nearly the same. */
const CASES: Readonly<Record<string, { excepted: Case; not?: Readonly<Record<string, Case>> }>> = {
  "Maintenance: a script by its path.": {
    excepted: { parent: SCRIPT },
    not: {
      "another script": { parent: { ...SCRIPT, path: "/tmp/packet-filter.sh" } },
      "another user": { parent: SCRIPT, exec: { uid: 1000 } },
      "the path as an argument": {
        parent: { path: "/usr/bin/bash", args: ["bash", "-c", "x", "/opt/maintenance/packet-filter.sh"] },
      },
    },
  },
  "Troubleshooting: somebody who logged in from somewhere.": {
    excepted: { parent: { path: "/bin/bash", ...ALICE }, exec: ALICE },
    not: {
      "another address": { parent: { path: "/bin/bash" }, exec: { ...ALICE, auditSession: 8 } },
      "another user": { parent: { path: "/bin/bash" }, exec: { ...ALICE, loginUid: 1003 } },
      "nobody who logged in": { parent: { path: "/bin/bash" } },
    },
  },
  "Deployment: a parent.": {
    excepted: { parent: { path: "/usr/local/bin/deploy-agent" } },
    not: {
      "a parent that calls itself so": {
        parent: { path: "/usr/local/bin/deploy-agent", executable: "/tmp/deploy-agent" },
      },
      "another rule": {
        parent: { path: "/usr/local/bin/deploy-agent" },
        exec: { path: "/usr/sbin/nft", args: ["nft", "flush", "ruleset"] },
      },
    },
  },
  "Updates: below the package manager,": {
    excepted: { parent: DPKG, exec: UPGRADE },
    not: {
      "another unit": { parent: DPKG, exec: { cgroup: "/user.slice" } },
      "another parent": { parent: { path: "/bin/sh" }, exec: UPGRADE },
    },
  },
  "Test environments: a label of the host,": { excepted: { parent: { path: "/bin/sh" } } },
};

describe("the examples of exceptions in the documentation", () => {
  let folder: string;
  let host: typeof HOST;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "wallwatch-exceptions-"));
    writeFileSync(
      join(folder, "passwd"),
      "alice:x:1001:1001::/home/alice:/bin/sh\neve:x:1003:1003::/home/eve:/bin/sh\n",
    );
    mkdirSync(join(folder, "sessions"));
    for (const [session, address] of [
      [7, "192.0.2.44"],
      [8, "198.51.100.9"],
    ] as const) {
      writeFileSync(join(folder, "sessions", `${session}`), `AUDIT=${session}\nREMOTE_HOST=${address}\n`);
    }
    host = { ...HOST, users: new UserNames(folder), sessions: new LoginSessions(join(folder, "sessions")) };
  });
  after(() => rmSync(folder, { recursive: true }));

  const happen = ({ parent, exec }: Case): ExecEvent => {
    const story = new Story();
    const creator = { pid: 20, start: 20n * SECOND, execKey: 0x20n };
    story.exec({ ...creator, timestamp: 21n * SECOND, ...parent });
    const times = { start: 30n * SECOND, forkTime: 30n * SECOND, timestamp: 31n * SECOND };
    return story.exec({ pid: 30, creator, ...times, path: "/usr/sbin/iptables", args: ["iptables", "-F"], ...exec });
  };

  /** What becomes of the case live and in replay. */
  const judge = async (toml: string, what: Case): Promise<string[][]> => {
    const { exceptions, tags, labels } = parseConfig(toml, "exceptions.md");
    const origin = { agent: { version: "1", id: "a", ephemeralId: "b" }, host: HOST.facts, tags, labels };
    const event = happen(what);
    const liveRules = await loadRules([SHIPPED_RULES], liveTarget(host));
    const target = liveTarget(host);
    const live = new Detector(liveRules, liveView(host), {
      origin,
      exceptions: new Exceptions(exceptions, target.resolve, origin),
    });
    const documents = await loadRules([SHIPPED_RULES], { resolve: documentResolver, kqlFields: documentFields });
    const recorded = new Detector<JsonDocument>(documents, recordedView, {
      origin,
      exceptions: new Exceptions(exceptions, documentResolver, origin),
    });
    const kinds = (detections: readonly Detection[]): string[] => detections.map(({ kind }) => kind);
    const document = JSON.parse(JSON.stringify(toDocument(event, host))) as JsonDocument;
    return [kinds(live.evaluate(event)), kinds(recorded.evaluate(document))];
  };

  it("are those that are tried here", () =>
    assert.deepEqual([...documentedExceptions().keys()].sort(), Object.keys(CASES).sort()));

  for (const [title, { excepted, not = {} }] of Object.entries(CASES)) {
    const toml = documentedExceptions().get(title) ?? "";

    it(`${title} excepts what it says, live and in replay`, async () => {
      assert.deepEqual(await judge("", excepted), [["alert"], ["alert"]], "without the exception it is an alert");
      assert.deepEqual(await judge(toml, excepted), [["excepted"], ["excepted"]]);
    });

    for (const [name, other] of Object.entries(not)) {
      it(`${title} does not except ${name}`, async () => {
        assert.deepEqual(await judge(toml, other), [["alert"], ["alert"]]);
      });
    }

    it(`${title} is for rules that there are, and has not expired`, async () => {
      const { exceptions } = parseConfig(toml, "x");
      const { rules } = await loadRules([SHIPPED_RULES], liveTarget(HOST));
      const known = rules.map(({ rule }) => rule);
      assert.deepEqual(exceptionWarnings(exceptions, known, Date.UTC(2029, 0)), []);
    });
  }

  it("Test environments: applies to no host without the label", async () => {
    const toml = documentedExceptions()
      .get("Test environments: a label of the host,")
      ?.replace('= "test"\n', '= "production"\n');
    assert.deepEqual(await judge(toml ?? "", { parent: { path: "/bin/sh" } }), [["alert"], ["alert"]]);
  });
});
