import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { replay } from "../../src/cli/replay.js";
import type { JsonDocument } from "../../src/rules/document.js";
import { SHIPPED_RULES } from "../../src/rules/shipped.js";
import { field } from "../support/agent.js";
import { type Act, type Kind, type Recorder, RECORDERS } from "../support/recorders.js";
import { recordedStdio } from "../support/stdio.js";

const RULE_111 = join(SHIPPED_RULES, "attempt_to_disable_iptables_or_firewall.toml");
const RULE_7 = join(SHIPPED_RULES, "attempt_to_disable_iptables_or_firewall_kql.toml");

const act = (args: string, parent = "bash"): Act => ({ args: args.split(" "), parent: parent.split(" ") });

const UFW = act("ufw disable");
const STOP = act("systemctl stop iptables");
const UNIT = act("systemctl disable firewalld.service");
const FLUSH = act("iptables -F");
const BELOW_UFW = act("ip6tables -A x -j y", "/bin/sh /lib/ufw/ufw-init force-stop");
const OTHERS = [act("ufw status"), act("iptables -F INPUT"), act("systemctl stop cron"), act("ufw-init force-stop")];
const ALL = [UFW, STOP, UNIT, FLUSH, BELOW_UFW, ...OTHERS];

async function alerts(rules: string, events: readonly object[]): Promise<readonly JsonDocument[]> {
  const stdio = recordedStdio({ stdin: events.map((event) => `${JSON.stringify(event)}\n`).join("") });
  assert.equal(await replay(["--rules", rules], stdio), 0, stdio.err());
  const lines = stdio.out().split("\n").slice(0, -1);
  return lines.map((line) => JSON.parse(line) as JsonDocument);
}

describe("wallwatch replay of the sources of the published rules", () => {
  let folder: string;
  /** Version 7, switched on. */
  let rule7: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "wallwatch-"));
    rule7 = join(folder, "rule.toml");
    await writeFile(rule7, (await readFile(RULE_7, "utf8")).replace("\nenabled = false\n", "\nenabled = true\n"));
  });
  after(() => rm(folder, { recursive: true }));

  const told = async (rules: string, { event }: Recorder, acts: readonly Act[], kind: Kind): Promise<string[]> => {
    const made = await alerts(
      rules,
      acts.map((one) => event(one, kind)),
    );
    return made.map((alert) => [field(alert, "process.args")].flat().join(" "));
  };
  const commands = (acts: readonly Act[]): string[] => acts.map(({ args }) => args.join(" "));

  for (const [name, recorder] of Object.entries(RECORDERS)) {
    describe(name, () => {
      const { started, others, isOfRule111, hasCommandLine } = recorder;

      it("version 111: where its words are among those that the rule asks for", async () => {
        const expected = isOfRule111 ? [UFW, STOP, UNIT, FLUSH, BELOW_UFW] : [];
        assert.deepEqual(await told(RULE_111, recorder, ALL, started), commands(expected));
      });

      it("version 111: of its other events none", async () => {
        for (const kind of others) assert.deepEqual(await told(RULE_111, recorder, ALL, kind), []);
      });

      it("version 7: starts, and of services every event, since its second arm asks for no category", async () => {
        assert.deepEqual(await told(rule7, recorder, ALL, started), commands([UFW, STOP]));
        for (const kind of others) {
          const expected = kind.type.includes("start") ? [UFW, STOP] : [STOP];
          assert.deepEqual(await told(rule7, recorder, ALL, kind), commands(expected));
        }
      });

      it("the extended rules: starts, where those that ask for a command line are given one", async () => {
        const extended = join(SHIPPED_RULES, "extended");
        const acts = [act("systemctl mask nftables"), act("nft flush ruleset"), act("nft list ruleset")];
        assert.deepEqual(
          await told(extended, recorder, acts, started),
          commands(acts.slice(0, hasCommandLine ? 2 : 1)),
        );
      });

      it("the alert is about the host and the process of the event", async () => {
        const [alert = {}, ...more] = await alerts(rule7, [recorder.event(UFW, started)]);
        assert.equal(more.length, 0);
        assert.deepEqual(
          ["event.kind", "host.os.type", "process.name", "process.pid"].map((key) => field(alert, key)),
          ["alert", "linux", "ufw", 7],
        );
        assert.deepEqual(field(alert, "event.action"), started.action);
        assert.equal(typeof field(alert, "wallwatch.incident.id"), "string");
        // Where the recorder's own document was filed is not where the alert belongs.
        assert.equal(field(alert, "data_stream.dataset"), undefined);
      });
    });
  }

  it("Elastic Defend: a process whose fork, exec and end are one event", async () => {
    const aggregated = { action: ["fork", "exec", "end"], type: ["start", "end"] };
    const { "Elastic Defend": defend } = RECORDERS;
    assert.ok(defend);
    assert.deepEqual(await told(RULE_111, defend, [UFW, FLUSH], aggregated), commands([UFW, FLUSH]));
  });

  it("Elastic Defend: a search's hit with its fields, each a list, in place of the source", async () => {
    const { "Elastic Defend": defend } = RECORDERS;
    assert.ok(defend);
    const fields = flat(defend.event(BELOW_UFW, defend.started));
    const hit = { _index: "logs-endpoint.events.process-default", _id: "1", fields };
    assert.equal((await alerts(RULE_111, [hit])).length, 1);
  });

  /** As the search option "fields" gives a document. */
  function flat(value: object, prefix = ""): Record<string, readonly unknown[]> {
    return Object.fromEntries(
      Object.entries(value).flatMap(([key, each]: [string, unknown]): [string, readonly unknown[]][] => {
        const name = prefix + key;
        if (typeof each === "object" && each !== null && !Array.isArray(each)) {
          return Object.entries(flat(each, `${name}.`));
        }
        return [[name, [each].flat()]];
      }),
    );
  }
});
