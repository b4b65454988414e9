import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { toDocument } from "../../src/ecs/document.js";
import { EXEC_FIELDS, liveFields } from "../../src/ecs/fields.js";
import type { HostContext } from "../../src/host/context.js";
import { LoginSessions } from "../../src/host/logind.js";
import { UserNames } from "../../src/host/users.js";
import type { ExecEvent } from "../../src/process/event.js";
import { documentResolver, type JsonDocument } from "../../src/rules/document.js";
import type { FieldResolver, Values } from "../../src/rules/field.js";
import { execEvent, HOST, Story } from "../support/events.js";
import type { ExecInput, RefInput } from "../support/records.js";

const SECOND = 1_000_000_000n;

/** Missing is undefined, null or an empty array; one value is the same as an array of one. */
function canonical(values: Values): unknown[] {
  return values === undefined || values === null ? [] : [values].flat();
}

describe("fields of an exec event", () => {
  let folder: string;
  let host: HostContext;
  let fieldOf: FieldResolver<ExecEvent>;

  before(() => {
    folder = mkdtempSync(join(tmpdir(), "wallwatch-host-"));
    writeFileSync(join(folder, "passwd"), "root:x:0:0::/root:/bin/bash\nalice:x:1000:1000::/home/alice:/bin/sh\n");
    writeFileSync(join(folder, "group"), "root:x:0:\nwheel:x:10:alice\nalice:x:1000:\n");
    writeFileSync(join(folder, "7"), "UID=1000\nREMOTE_HOST=203.0.113.9\nAUDIT=7\n");
    writeFileSync(join(folder, "8"), "UID=1000\nREMOTE_HOST=gate.example.org\nAUDIT=8\n");
    host = { ...HOST, users: new UserNames(folder), sessions: new LoginSessions(folder) };
    fieldOf = liveFields(host);
  });
  after(() => rmSync(folder, { recursive: true }));

  const value = (event: ExecEvent, field: string): Values => {
    const accessor = fieldOf(field);
    assert(accessor, `there is no field ${field}`);
    return accessor(event);
  };

  /** alice logs in by ssh, runs sudo, and that runs iptables -F: each field has a value in its event. */
  function flush(more: ExecInput = {}): ExecEvent {
    const story = new Story();
    const ids = { loginUid: 1000, auditSession: 7, cgroup: `/system.slice/docker-${"ab".repeat(32)}.scope` };
    const tty = { major: 136, minor: 2 };
    const env = ["LD_PRELOAD=/tmp/x.so"];
    const capEffective = 1n << 12n;
    const sshd: RefInput = { pid: 900, start: 9n * SECOND, execKey: 0x900n };
    const shell: RefInput = { pid: 1000, start: 10n * SECOND, execKey: 0x1000n };
    const sudo: RefInput = { pid: 1010, start: 20n * SECOND, execKey: 0x1010n };
    story.exec({ ...sshd, timestamp: 9n * SECOND, path: "/usr/sbin/sshd", args: ["sshd", "-D"] });
    const common = { ...ids, tty, env, capEffective, session: shell, namespaces: { pid: 1, net: 2, mnt: 3, user: 4 } };
    story.exec({
      ...common,
      ...shell,
      timestamp: 10n * SECOND,
      forkTime: 10n * SECOND,
      creator: sshd,
      creatorComm: "sshd",
      path: "/bin/bash",
      args: ["-bash"],
      directory: "/home/alice",
      uid: 1000,
      gid: 1000,
    });
    story.exec({
      ...common,
      ...sudo,
      timestamp: 20n * SECOND,
      forkTime: 20n * SECOND,
      creator: shell,
      creatorComm: "bash",
      group: sudo,
      path: "/usr/bin/sudo",
      args: ["sudo", "iptables", "-F"],
      directory: "/home/alice",
      uid: 1000,
      euid: 0,
      gid: 1000,
      egid: 10,
    });
    return story.exec({
      ...common,
      pid: 1020,
      start: 21n * SECOND,
      timestamp: 21n * SECOND + 1n,
      forkTime: 21n * SECOND,
      creator: sudo,
      creatorComm: "sudo",
      group: sudo,
      path: "/usr/sbin/iptables",
      executable: "/usr/sbin/xtables-nft-multi",
      args: ["iptables", "-F"],
      directory: "/home/alice",
      comm: "iptables",
      ...more,
    });
  }

  const events: [string, () => ExecEvent][] = [
    ["an exec of which all is known", () => flush()],
    ["an exec of which little is known", () => execEvent({ lane: "proc", flags: ["fieldsMissing", "pathCut"] })],
    [
      "a script with odd arguments",
      () => flush({ args: Buffer.from("a\0\0\xff\n\x1b[1m\0", "latin1"), path: "/x/ufw", flags: ["traced"] }),
    ],
    [
      "a child of a kernel thread",
      () => flush({ creator: { pid: 2 }, creatorComm: "kthreadd", flags: ["creatorKernel"] }),
    ],
    ["a child of a process that is not known", () => flush({ creator: { pid: 77, start: 1n, execKey: 0x77n } })],
  ];
  for (const [what, tell] of events) {
    it(`are the same to a live rule and in the document: ${what}`, () => {
      const event = tell();
      const document = JSON.parse(JSON.stringify(toDocument(event, host))) as JsonDocument;
      for (const field of EXEC_FIELDS.keys()) {
        assert.deepEqual(canonical(documentResolver(field)?.(document)), canonical(value(event, field)), field);
      }
    });
  }

  it("all have a value where all is known", () => {
    const event = flush({ namespaces: { pid: 1, net: 2, mnt: 3, user: 4 } });
    const missing = [...EXEC_FIELDS.keys()].filter((field) => canonical(value(event, field)).length === 0);
    assert.deepEqual(missing, []);
  });

  it("leave nothing in the document that is no field", () => {
    const leaves = (at: unknown, path: string): string[] => {
      if (Array.isArray(at)) return [...new Set(at.flatMap((item) => leaves(item, path)))];
      if (typeof at !== "object" || at === null) return [path];
      return Object.entries(at).flatMap(([key, inner]) => leaves(inner, path === "" ? key : `${path}.${key}`));
    };
    assert.deepEqual(leaves(toDocument(flush(), host), "").sort(), [...EXEC_FIELDS.keys()].sort());
  });

  it("are all told in docs/fields.md, and no others", () => {
    const text = readFileSync(new URL("../../../docs/fields.md", import.meta.url), "utf8");
    const told = [...text.matchAll(/^\| `([^`]+)` \|/gm)].map(([, name]) => name ?? "");
    const expanded = told.flatMap((name) =>
      name.startsWith("PROCESS.")
        ? ["", "parent.", "session_leader.", "group_leader.", "entry_leader."].map(
            (prefix) => `process.${prefix}${name.slice("PROCESS.".length)}`,
          )
        : [name],
    );
    assert.deepEqual(expanded.sort(), [...EXEC_FIELDS.keys()].sort());
  });

  it("are none by another name", () => {
    for (const name of ["process", "process.", "dns.question.name", "constructor", "__proto__", "process.parent"]) {
      assert.equal(fieldOf(name), undefined);
    }
  });

  describe("of the version 111 rule", () => {
    it("are what it asks for", () => {
      const event = flush();
      assert.equal(value(event, "host.os.type"), "linux");
      assert.deepEqual(value(event, "event.type"), ["start"]);
      assert.equal(value(event, "event.action"), "exec");
      assert.deepEqual(value(event, "event.category"), ["process"]);
      assert.equal(value(event, "process.name"), "iptables");
      assert.deepEqual(value(event, "process.args"), ["iptables", "-F"]);
      assert.equal(value(event, "process.args_count"), 2);
      assert.deepEqual(value(event, "process.parent.args"), ["sudo", "iptables", "-F"]);
    });
  });

  it("tell users and groups, the effective ones first", () => {
    const event = flush({ uid: 1000, euid: 0, suid: 1234, gid: 1000, egid: 10, sgid: 0 });
    const told = (field: string): unknown[] => [value(event, `${field}.id`), value(event, `${field}.name`)];
    assert.deepEqual(told("process.user"), ["0", "root"]);
    assert.deepEqual(told("process.real_user"), ["1000", "alice"]);
    assert.deepEqual(told("process.saved_user"), ["1234", undefined]);
    assert.deepEqual(told("process.group"), ["10", "wheel"]);
    assert.deepEqual(told("process.real_group"), ["1000", "alice"]);
    assert.deepEqual(told("process.saved_group"), ["0", "root"]);
    assert.deepEqual(told("user"), ["0", "root"]);
    assert.deepEqual(told("user.Ext.real"), ["1000", "alice"]);
    assert.deepEqual(told("process.parent.real_user"), ["1000", "alice"]);
  });

  it("tell who logged in, and from where", () => {
    const event = flush();
    assert.deepEqual(
      ["user.id", "user.name", "session"].map((name) => value(event, `wallwatch.login.${name}`)),
      ["1000", "alice", 7],
    );
    assert.equal(value(event, "source.ip"), "203.0.113.9");
    assert.equal(value(event, "process.entry_leader.entry_meta.source.ip"), "203.0.113.9");
    assert.equal(value(event, "process.entry_leader.entry_meta.type"), "sshd");
  });

  it("have no address of who logged in by a name, or not at all", () => {
    const named = flush({ auditSession: 8 });
    assert.deepEqual([value(named, "source.address"), value(named, "source.ip")], ["gate.example.org", undefined]);
    const nobody = execEvent();
    for (const name of ["source.ip", "source.address", "wallwatch.login.session", "wallwatch.login.user.id"]) {
      assert.equal(value(nobody, name), undefined, name);
    }
  });

  it("tell how it was captured", () => {
    const event = flush({ lane: "proc", flags: ["argsCut", "traced", "executableDeleted"], args: Buffer.from("\xff") });
    assert.equal(value(event, "wallwatch.capture.lane"), "proc");
    assert.equal(value(event, "wallwatch.capture.args_whole"), false);
    assert.equal(value(event, "wallwatch.capture.traced"), true);
    assert.equal(value(event, "wallwatch.process.executable_deleted"), true);
    assert.deepEqual(
      ["parent", "parent_source"].map((name) => value(event, `wallwatch.capture.${name}`)),
      ["fork", "exec"],
    );
    assert.equal(value(flush(), "wallwatch.capture.args_invalid_utf8"), false);
  });

  it("are missing, and not guessed, where /proc told nothing of it", () => {
    const event = flush({
      lane: "proc",
      path: "",
      executable: "/",
      directory: "/",
      uid: 0xffffffff,
      flags: ["fieldsMissing", "pathCut", "executableCut", "directoryCut"],
    });
    for (const name of [
      "process.executable",
      "process.working_directory",
      "wallwatch.process.executable_deleted",
      "wallwatch.process.working_directory_deleted",
      "wallwatch.process.compat_32bit",
      "wallwatch.capture.traced",
    ]) {
      assert.equal(value(event, name), undefined, name);
    }
  });

  it("say nothing of the arguments of a parent that has none to be known", () => {
    const event = flush({ creator: { pid: 2 }, creatorComm: "kthreadd", flags: ["creatorKernel"] });
    assert.equal(value(event, "process.parent.name"), "kthreadd");
    assert.equal(value(event, "wallwatch.capture.parent_args_whole"), undefined);
  });

  it("keep a command line as it was given", () => {
    assert.equal(value(flush({ args: ["sh", "-c", "a  b", ""] }), "process.command_line"), "sh -c a  b ");
  });

  it("tell the moment of the exec to the nanosecond", () => {
    assert.equal(value(flush(), "@timestamp"), "2023-11-14T22:13:41.000000001Z");
    assert.equal(value(flush(), "process.start"), "2023-11-14T22:13:41.000Z");
  });

  it("list the ancestors as objects", () => {
    const { wallwatch } = toDocument(flush(), host) as { wallwatch: { ancestors: Record<string, unknown>[] } };
    assert.deepEqual(
      wallwatch.ancestors.map(({ name, pid, command_line: line }) => [name, pid, line]),
      [
        ["sudo", 1010, "sudo iptables -F"],
        ["bash", 1000, "-bash"],
        ["sshd", 900, "sshd -D"],
      ],
    );
  });
});
