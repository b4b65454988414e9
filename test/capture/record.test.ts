import assert from "node:assert/strict";
import fc from "fast-check";

import { BatchReader } from "../../src/capture/batch.js";
import { ExecRecord } from "../../src/capture/record.js";
import { encodeExec, type ExecInput } from "../support/records.js";

function decode(input: ExecInput): ExecRecord {
  const record = new BatchReader(encodeExec(input)).next();
  assert(record instanceof ExecRecord);
  return record;
}

describe("an exec record", () => {
  it("gives back what was encoded", () => {
    const record = decode({
      lane: "proc",
      pid: 4242,
      start: 123_456_789_012n,
      execKey: 0xffff_8881_2345_6700n,
      timestamp: 987_654_321_098_765n,
      boottime: 987_654_321_098_999n,
      creator: { pid: 41, start: 100_000_000_000n, execKey: 0xffff_8881_0000_0100n },
      forkTime: 987_654_000_000_000n,
      parent: { pid: 1, start: 1n, execKey: 7n },
      session: { pid: 40, start: 2n },
      group: { pid: 39 },
      args: ["/usr/sbin/iptables", "-F"],
      path: "/usr/sbin/iptables",
      executable: "/usr/sbin/xtables-nft-multi",
      directory: "/root",
      cgroup: "/user.slice/user-0.slice/session-3.scope",
      env: ["LD_PRELOAD=/tmp/x.so", "PATH="],
      uid: 1000,
      euid: 0,
      suid: 1,
      gid: 100,
      egid: 2,
      sgid: 3,
      loginUid: 1000,
      auditSession: 3,
      tty: { major: 136, minor: 5 },
      capEffective: 1n << 12n,
      capPermitted: 0x1ff_ffff_ffffn,
      localPid: 12,
      namespaces: { pid: 11, net: 22, mnt: 33, user: 44 },
      comm: "iptables",
      creatorComm: "bash",
      flags: ["traced", "bits32", "executableDeleted"],
    });
    assert.equal(record.lane, "proc");
    assert.equal(record.pid, 4242);
    assert.equal(record.self.start, 123_456_789_012n);
    assert.equal(record.self.startTicks, 12_345);
    assert.equal(record.self.execKey, Number(BigInt.asUintN(53, 0xffff_8881_2345_6700n)));
    assert.equal(record.timestamp, 987_654_321_098_765n);
    assert.equal(record.order, 987_654_321_098_765);
    assert.equal(record.boottime, 987_654_321_098_999n);
    assert.equal(record.forkOrder, 987_654_000_000_000);
    assert.deepEqual([record.creator.pid, record.parent.pid], [41, 1]);
    assert.deepEqual([record.sessionLeader.pid, record.groupLeader.pid], [40, 39]);
    assert.deepEqual(record.args, ["/usr/sbin/iptables", "-F"]);
    assert.equal(record.argsCount, 2);
    assert.equal(record.argsWhole, true);
    assert.equal(record.path, "/usr/sbin/iptables");
    assert.equal(record.name, "iptables");
    assert.equal(record.executable, "/usr/sbin/xtables-nft-multi");
    assert.equal(record.workingDirectory, "/root");
    assert.equal(record.cgroup, "/user.slice/user-0.slice/session-3.scope");
    assert.deepEqual(record.environment, ["LD_PRELOAD=/tmp/x.so", "PATH="]);
    assert.deepEqual([record.uid, record.euid, record.suid], [1000, 0, 1]);
    assert.deepEqual([record.gid, record.egid, record.sgid], [100, 2, 3]);
    assert.deepEqual([record.loginUid, record.auditSession], [1000, 3]);
    assert.deepEqual(record.tty, { major: 136, minor: 5 });
    assert.deepEqual([record.capEffective, record.capPermitted], [0x1000n, 0x1ff_ffff_ffffn]);
    assert.equal(record.localPid, 12);
    assert.deepEqual(record.namespaces, { pid: 11, net: 22, mnt: 33, user: 44 });
    assert.deepEqual([record.comm, record.creatorComm, record.parentComm], ["iptables", "bash", undefined]);
    assert.deepEqual([record.traced, record.is32Bit, record.executableDeleted], [true, true, true]);
    assert.deepEqual([record.creatorKnown, record.creatorIsKernel, record.pathCut], [true, false, false]);
  });

  it("has no ids where none are set", () => {
    const record = decode({ uid: 0xffffffff, gid: 0xffffffff, localPid: 0 });
    assert.deepEqual([record.uid, record.euid, record.gid, record.sgid], [undefined, undefined, undefined, undefined]);
    assert.deepEqual([record.loginUid, record.auditSession, record.tty], [undefined, undefined, undefined]);
    assert.equal(record.localPid, undefined);
    assert.equal(record.namespaces.net, undefined);
  });

  describe("args", () => {
    const argsOf = (text: string): string[] => decode({ args: Buffer.from(text, "latin1") }).args;

    it("are none of an empty argv", () => assert.deepEqual(argsOf(""), []));
    it("are one empty argument where argc was 0 (Linux 5.18 and later)", () => assert.deepEqual(argsOf("\0"), [""]));
    it("keep empty arguments, also the last one", () => {
      assert.deepEqual(argsOf("a\0\0"), ["a", ""]);
      assert.deepEqual(argsOf("\0\0b\0"), ["", "", "b"]);
    });
    it("keep newlines and escapes", () => assert.deepEqual(argsOf("a\n\x1b[31mb\0"), ["a\n\x1b[31mb"]));
    it("are UTF-8", () => {
      const record = decode({ args: ["grüße", "火"] });
      assert.deepEqual(record.args, ["grüße", "火"]);
      assert.equal(record.argsInvalidUtf8, false);
    });
    it("show what is no UTF-8 as U+FFFD, and say so", () => {
      const record = decode({ args: Buffer.from([0x61, 0xff, 0x62, 0, 0xc3, 0xbc, 0]) });
      assert.deepEqual(record.args, ["a\ufffdb", "ü"]);
      assert.equal(record.argsInvalidUtf8, true);
    });
    it("do not let a character run over from one argument into the next", () => {
      assert.deepEqual(decode({ args: Buffer.from([0xc3, 0, 0xbc, 0]) }).args, ["\ufffd", "\ufffd"]);
    });
    it("may be cut within one, and the count is exact all the same", () => {
      const record = decode({ args: Buffer.from("ls\0-l\0/us"), argc: 900, argsSize: 400_000, flags: ["argsCut"] });
      assert.deepEqual(record.args, ["ls", "-l", "/us"]);
      assert.deepEqual([record.argsWhole, record.argsCount, record.argsSize], [false, 900, 400_000]);
    });
    it("are as given, whatever bytes without NUL they are", () => {
      const argument = fc.uint8Array({ maxLength: 40 }).map((bytes) => bytes.filter((byte) => byte !== 0));
      fc.assert(
        fc.property(fc.array(argument, { maxLength: 20 }), (args) => {
          const argv = Buffer.concat(args.map((arg) => Buffer.concat([arg, Buffer.from([0])])));
          const expected = args.map((arg) => Buffer.from(arg).toString("utf8"));
          assert.deepEqual(decode({ args: argv }).args, expected);
        }),
      );
    });
  });

  describe("start in ticks", () => {
    it("is exact beyond 2^53 nanoseconds of uptime", () => {
      for (const ticks of [1n, 900_719_925n, 900_719_926n, 10n ** 12n - 1n]) {
        assert.equal(decode({ start: ticks * 10_000_000n }).self.startTicks, Number(ticks));
        assert.equal(decode({ start: ticks * 10_000_000n - 1n }).self.startTicks, Number(ticks - 1n));
      }
    });
  });

  describe("name", () => {
    const nameOf = (path: string, executable: string, ...flags: ExecInput["flags"] & {}): string | undefined =>
      decode({ path, executable, flags }).name;

    it("is that of the invoked path, a symlink's too", () =>
      assert.equal(nameOf("/sbin/iptables", "/usr/sbin/xtables-nft-multi"), "iptables"));
    it("is that of a script", () => assert.equal(nameOf("/usr/sbin/ufw", "/usr/bin/python3.11"), "ufw"));
    it("is that of a relative path", () => {
      assert.equal(nameOf("ufw", "/usr/bin/python3.11"), "ufw");
      assert.equal(nameOf("./bin/ufw", "/usr/bin/python3.11"), "ufw");
    });
    it("is that of a file below a directory's descriptor", () => assert.equal(nameOf("/dev/fd/4/ufw", "/x/y"), "ufw"));
    const handles = ["/dev/fd/3", "/proc/self/fd/3", "/proc/12/fd/3", "/proc/self/exe", "//proc//self//exe"];
    for (const handle of [...handles, "/dev/./fd/3", "/dev/stdin", "/proc/self/task/7/fd/3"]) {
      it(`is that of the executable where the path is ${handle}`, () =>
        assert.equal(nameOf(handle, "/usr/sbin/iptables"), "iptables"));
    }
    it("is that of the executable where the path is relative to a folder of handles", () => {
      const nameIn = (directory: string): string | undefined =>
        decode({ path: "./3", directory, executable: "/usr/sbin/iptables" }).name;
      assert.equal(nameIn("/proc/12/fd"), "iptables");
      assert.equal(nameIn("/tmp"), "3");
    });
    it("is that of the executable where the path is not known", () =>
      assert.equal(nameOf("", "/usr/sbin/iptables"), "iptables"));
    it("is comm where the path is too long to be known whole, whatever argv says", () => {
      const input: ExecInput = { path: "/a/./././", flags: ["pathCut"], executable: "/usr/sbin/xtables-nft-multi" };
      assert.equal(decode({ ...input, comm: "iptables", args: ["x", "-F"] }).name, "iptables");
    });
    it("is the end of such a path where comm is cut as well, and begins it", () => {
      const input: ExecInput = { flags: ["pathCut"], executable: "/usr/sbin/xtables-nft-multi", args: ["x"] };
      const comm = "iptables-restore";
      assert.equal(decode({ ...input, path: "/a/././iptables-restore", comm }).name, "iptables-restore");
      assert.equal(decode({ ...input, path: "/a/./././", comm }).name, "xtables-nft-multi");
    });
    it("is whichever of executable, argv[0] and script comm begins, where the path is not known", () => {
      const unknown: ExecInput = { lane: "proc", path: "", flags: ["pathCut"] };
      const nft = "/usr/sbin/xtables-nft-multi";
      assert.equal(
        decode({ ...unknown, comm: "iptables", executable: nft, args: ["iptables", "-F"] }).name,
        "iptables",
      );
      const args = ["/usr/bin/python3", "-I", "/usr/sbin/ufw", "disable"];
      assert.equal(decode({ ...unknown, comm: "ufw", executable: "/usr/bin/python3.11", args }).name, "ufw");
      const long = ["/bin/sh", "/usr/sbin/netfilter-persistent", "flush"];
      assert.equal(
        decode({ ...unknown, comm: "netfilter-persistent", executable: "/usr/bin/dash", args: long }).name,
        "netfilter-persistent",
      );
    });
    it("is that of the executable where none begins with comm: it renamed itself", () =>
      assert.equal(
        decode({
          lane: "proc",
          path: "",
          flags: ["pathCut"],
          comm: "kworker",
          executable: "/usr/sbin/nft",
          args: ["nft"],
        }).name,
        "nft",
      ));
    it("is known by comm where not even the executable is", () =>
      assert.equal(
        decode({ lane: "proc", path: "", flags: ["pathCut", "executableCut"], comm: "ufw", args: ["/usr/sbin/ufw"] })
          .name,
        "ufw",
      ));
    it("is comm where neither executable nor arguments tell, unless that is cut", () => {
      const unknown: ExecInput = { lane: "proc", path: "", executable: "/", flags: ["pathCut", "executableCut"] };
      assert.equal(decode({ ...unknown, comm: "iptables", args: ["x", "-F"] }).name, "iptables");
      assert.equal(decode({ ...unknown, comm: "iptables-restore", args: ["x"] }).name, undefined);
    });
    it("is a memfd's, with its slashes", () => {
      assert.equal(nameOf("/proc/self/fd/7", "memfd:run me/", "executableDeleted"), "memfd:run me");
      assert.equal(
        nameOf("/proc/self/exe", "memfd:runc_cloned:/proc/self/exe/", "executableDeleted"),
        "memfd:runc_cloned:/proc/self/exe",
      );
    });
    it("is unknown where path and executable are", () => assert.equal(nameOf("/dev/fd/3", "."), undefined));
  });

  describe("paths", () => {
    it("are put together from their components", () => {
      const record = decode({ executable: "/usr/bin/ls", directory: "/", cgroup: "/a/b" });
      assert.deepEqual([record.executable, record.workingDirectory, record.cgroup], ["/usr/bin/ls", "/", "/a/b"]);
    });
    it("are relative where the leading directories are missing", () => {
      const record = decode({ executable: "ls/bin/", directory: "d/c/", flags: ["executableCut", "directoryCut"] });
      assert.deepEqual([record.executable, record.workingDirectory], ["bin/ls", "c/d"]);
    });
    it("are unknown where nothing could be read", () => {
      const record = decode({ lane: "proc", directory: "/", cgroup: "/", flags: ["directoryCut", "fieldsMissing"] });
      assert.deepEqual([record.workingDirectory, record.cgroup], [undefined, undefined]);
    });
    it("of a memfd have one component", () => {
      const record = decode({ executable: "memfd:a/b/", flags: ["executableDeleted"] });
      assert.equal(record.executable, "/memfd:a/b");
    });
  });
});
