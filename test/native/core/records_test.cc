// Records in the making: drafts, argv in several records, what came lately, lineage.
#include <string>

#include "../../../native/args_assembly.h"
#include "../../../native/clocks.h"
#include "../../../native/exec_draft.h"
#include "../../../native/lineage.h"
#include "../../../native/recent_execs.h"
#include "harness.h"

namespace wallwatch::test {

namespace {

using std::string_literals::operator""s;

ExecDraft draft_of(u16 cpu, u32 pid, u64 timestamp, const std::string& args, u64 args_size) {
  ExecDraft draft;
  draft.fixed.header.cpu = cpu;
  draft.fixed.self.pid = pid;
  draft.fixed.timestamp = timestamp;
  draft.fixed.args_size = args_size;
  draft.fixed.flags = EXEC_ARGS_MORE;
  draft.parts[PART_ARGS] = args;
  return draft;
}

args_record chunk_of(u16 cpu, u32 pid, u64 timestamp, bool more) {
  args_record record{};
  record.header.cpu = cpu;
  record.pid = pid;
  record.timestamp = timestamp;
  record.more = more;
  return record;
}

Test reversed("a path's components are reversed", [] {
  CHECK_EQUAL(reverse_components("/usr/bin/ls"), "ls/bin/usr/");
  CHECK_EQUAL(reverse_components("/"), "");
  CHECK_EQUAL(reverse_components("/memfd:name"), "memfd:name/");
  CHECK_EQUAL(reverse_components("//a//b"), "b/a/");
});

Test round_trip("a draft survives being packed and taken apart", [] {
  ExecDraft draft = draft_of(1, 7, 9, "iptables\0-F\0"s, 12);
  draft.parts[PART_PATH] = "/sbin/iptables";
  draft.parts[PART_EXECUTABLE] = "xtables-nft-multi/sbin/usr/";
  std::string packed;
  draft.encode(packed);
  CHECK_EQUAL(packed.size() % 8, 0u);
  CHECK_EQUAL(packed.size(), draft.fixed.header.size);
  ExecDraft again;
  CHECK(again.decode(packed));
  CHECK_EQUAL(again.fixed.self.pid, 7u);
  CHECK_EQUAL(again.fixed.flags & (EXEC_ARGS_MORE | EXEC_ARGS_CUT), 0u);
  for (int part = 0; part < PART_COUNT; part++) CHECK_EQUAL(again.parts[part], draft.parts[part]);
});

Test cut_args("argv that is shorter than its size is marked as cut", [] {
  ExecDraft draft = draft_of(0, 7, 9, "ab", 100);
  std::string packed;
  draft.encode(packed);
  CHECK(draft.fixed.flags & EXEC_ARGS_CUT);
});

Test bad_sizes("a record whose parts do not fit into it is refused", [] {
  ExecDraft draft = draft_of(0, 7, 9, "abcdefgh", 8);
  std::string packed;
  draft.encode(packed);
  ExecDraft again;
  CHECK(!again.decode(packed.substr(0, packed.size() - 1)));
  CHECK(!again.decode(packed.substr(0, sizeof(exec_record) - 1)));
  CHECK(again.decode(packed));
});

Test assembled("argv in three records becomes one, each CPU by itself", [] {
  ArgsAssembly assembly;
  assembly.begin(draft_of(0, 7, 100, "a", 3));
  assembly.begin(draft_of(3, 8, 101, "x", 2));
  CHECK(!assembly.add(chunk_of(0, 7, 100, true), "b"));
  CHECK(!assembly.add(chunk_of(1, 7, 100, true), "?"));
  std::optional<ExecDraft> other = assembly.add(chunk_of(3, 8, 101, false), "y");
  CHECK(other.has_value());
  CHECK_EQUAL(other->parts[PART_ARGS], "xy");
  std::optional<ExecDraft> whole = assembly.add(chunk_of(0, 7, 100, false), "c");
  CHECK(whole.has_value());
  CHECK_EQUAL(whole->parts[PART_ARGS], "abc");
  CHECK(!assembly.take_abandoned(~u64{0}));
});

Test interrupted("an exec whose records end too soon can be completed by its message, or is given up", [] {
  ArgsAssembly assembly;
  assembly.begin(draft_of(0, 7, 100, "a", 3));
  assembly.interrupt(0);
  assembly.begin(draft_of(0, 8, 200, "b", 3));
  CHECK(!assembly.add(chunk_of(0, 7, 100, false), "late"));
  CHECK(!assembly.take(7, 101));
  CHECK(assembly.take(7, 100).has_value());
  CHECK(!assembly.take(7, 100));
  CHECK(!assembly.take_abandoned(200));
  std::optional<ExecDraft> old = assembly.take_abandoned(201);
  CHECK(old.has_value());
  CHECK_EQUAL(old->fixed.self.pid, 8u);
});

Test crowded("no more than a few interrupted ones are kept", [] {
  ArgsAssembly assembly;
  for (u32 i = 0; i <= ArgsAssembly::kInterruptedMax; i++) {
    CHECK(!assembly.crowded());
    assembly.begin(draft_of(0, i, i, "a", 3));
    assembly.interrupt(0);
  }
  CHECK(assembly.crowded());
});

Test recent("recent execs are known by pid and time, and forgotten in their turn", [] {
  RecentExecs recent(8);
  recent.add(1, 100);
  recent.add(9, 200);  // the same hash
  recent.add(1, 300);
  CHECK(recent.seen(1, 100));
  CHECK(recent.seen(9, 200));
  CHECK(!recent.seen(9, 100));
  CHECK(recent.later(1, 100));
  CHECK(!recent.later(1, 300));
  for (u32 i = 0; i < 8; i++) recent.add(2, 1000 + i);
  CHECK(!recent.seen(1, 300));
  CHECK(recent.seen(2, 1000));
});

u64 started_at(u64 monotonic) { return boottime_of(monotonic) / tick_length() * tick_length(); }

Test forked("a child has the creator's exec as it was at the fork", [] {
  Lineage lineage;
  u64 now = monotonic_now();
  u64 shell = lineage.executed(10);
  lineage.describe(10, 1000, "sh", false);
  lineage.forked(10, 11, now);
  u64 other = lineage.executed(10);
  CHECK(shell && other && shell != other);
  const Creator* creator = lineage.creator(11, started_at(now));
  CHECK(creator != nullptr);
  CHECK_EQUAL(creator->pid, 10u);
  CHECK_EQUAL(creator->exec_key, shell);
  CHECK_EQUAL(creator->comm, "sh");
  // A subshell, which never exec'd, runs its creator's program.
  lineage.forked(11, 12, now);
  lineage.exited(10);
  lineage.exited(11);
  CHECK_EQUAL(lineage.creator(12, started_at(now))->exec_key, shell);
});

Test stale_fork("a fork at another time than the process's start was another process's", [] {
  Lineage lineage;
  u64 now = monotonic_now();
  lineage.forked(10, 11, now);
  CHECK(lineage.creator(11, started_at(now)) != nullptr);
  CHECK(!lineage.creator(11, started_at(now) + kSecond));
  CHECK(!lineage.creator(11, started_at(now) - kSecond));
  CHECK(!lineage.creator(12, started_at(now)));
});

Test cleared("nothing is known after a loss", [] {
  Lineage lineage;
  u64 now = monotonic_now();
  lineage.executed(10);
  lineage.forked(10, 11, now);
  lineage.clear();
  CHECK_EQUAL(lineage.exec_key(10), 0u);
  CHECK(!lineage.creator(11, started_at(now)));
});

Test bounded("lineage is bounded", [] {
  Lineage lineage;
  for (u32 pid = 1; pid <= Lineage::kProcessesMax + 10; pid++) lineage.forked(pid, pid + 1, 1);
  CHECK(lineage.size() <= Lineage::kProcessesMax);
});

}  // namespace

}  // namespace wallwatch::test
