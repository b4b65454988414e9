// The parsers of /proc, and the reader over the test's own process.
#include <sys/wait.h>
#include <unistd.h>

#include <climits>
#include <memory>
#include <string>

#include "../../../native/clocks.h"
#include "../../../native/proc_files.h"
#include "../../../native/proc_reader.h"
#include "../../../native/proc_worker.h"
#include "../../../native/system_error.h"
#include "harness.h"
#include "hostile_proc.h"

namespace wallwatch::test {

namespace {

using std::string_literals::operator""s;

Test stat_name("a process may call itself what it likes", [] {
  std::string numbers =
      " S 1 2 3 34817 3 4194304 0 0 0 0 0 0 0 0 20 0 1 0 4711 1 2 3 4 5 140722817265440 0 0 0 0 0 0 0 0 0 17 1 0 0 0 0 "
      "0 1 2 3 140722817268234 140722817268254 140722817268254 140722817269739 0\n";
  std::optional<ProcStat> stat = parse_stat("42 (a) S 9 (b)" + numbers);
  CHECK(stat.has_value());
  CHECK_EQUAL(stat->comm, "a) S 9 (b");
  CHECK_EQUAL(stat->ppid, 1u);
  CHECK_EQUAL(stat->pgrp, 2u);
  CHECK_EQUAL(stat->session, 3u);
  CHECK_EQUAL(stat->tty, 136u << 20 | 1u);
  CHECK_EQUAL(stat->start, 4711 * u64{10000000});
  CHECK_EQUAL(stat->arg_end - stat->arg_start, 20u);
  CHECK_EQUAL(stat->env_end, 140722817269739u);
});

Test stat_broken("what is no stat is refused", [] {
  for (const char* text : {"", "42", "42 (a", "42 (a)", "42 (a) S", "42 (a) S 1 2", "42 )a( S 1 2 3", "42 (a) S x"})
    CHECK(!parse_stat(text));
});

Test status("ids, capabilities and tracer are found in status", [] {
  std::optional<ProcStatus> status = parse_status(
      "Name:\tx\nUmask:\t0022\nTracerPid:\t77\nUid:\t1\t2\t3\t4\nGid:\t5\t6\t7\t8\nNSpid:\t900\t12\t1\n"
      "CapPrm:\t000001ffffffffff\nCapEff:\t0000000000000400\n");
  CHECK(status.has_value());
  CHECK_EQUAL(status->uid, 1u);
  CHECK_EQUAL(status->euid, 2u);
  CHECK_EQUAL(status->suid, 3u);
  CHECK_EQUAL(status->sgid, 7u);
  CHECK_EQUAL(status->tracer, 77u);
  CHECK_EQUAL(status->local_pid, 1u);
  CHECK_EQUAL(status->cap_permitted, 0x1ffffffffffu);
  CHECK_EQUAL(status->cap_effective, 0x400u);
  CHECK(!parse_status("Name:\tx\n"));
});

Test cgroup("the path of cgroup v2 is found among those of v1", [] {
  CHECK_EQUAL(*parse_cgroup("0::/user.slice\n"), "/user.slice");
  CHECK_EQUAL(*parse_cgroup("12:cpu:/a\n0::/b/c\n"), "/b/c");
  CHECK(!parse_cgroup("12:cpu:/a\n"));
});

Test environment("only the variables asked for are kept", [] {
  std::string selected;
  CHECK(select_environment("LD_PRELOAD=/x.so\0LD_PRELOADX=1\0HOME=/\0LD_PRELOAD\0LD_LIBRARY_PATH=\0"s,
                           {"LD_PRELOAD", "LD_LIBRARY_PATH"}, selected));
  CHECK_EQUAL(selected, "LD_PRELOAD=/x.so\0LD_LIBRARY_PATH=\0"s);
  selected.clear();
  CHECK(!select_environment("A=" + std::string(ENV_VALUE_MAX, 'x'), {"A"}, selected));
  CHECK_EQUAL(selected.size(), static_cast<size_t>(ENV_VALUE_MAX));
});

Test own_process("the reader finds this process as it is", [] {
  ProcReader reader("/proc", {"PATH"});
  std::optional<ExecDraft> draft = reader.read(static_cast<u32>(getpid()), monotonic_now());
  CHECK(draft.has_value());
  const exec_record& fixed = draft->fixed;
  CHECK_EQUAL(fixed.self.pid, static_cast<u32>(getpid()));
  CHECK_EQUAL(fixed.parent.pid, static_cast<u32>(getppid()));
  CHECK_EQUAL(fixed.session_leader.pid, static_cast<u32>(getsid(0)));
  CHECK_EQUAL(fixed.group_leader.pid, static_cast<u32>(getpgrp()));
  CHECK_EQUAL(fixed.uid, getuid());
  CHECK_EQUAL(fixed.egid, getegid());
  CHECK_EQUAL(fixed.args_size, draft->parts[PART_ARGS].size());
  CHECK(fixed.self.start && fixed.self.start <= boottime_now());
  char path[PATH_MAX];
  ssize_t n = readlink("/proc/self/exe", path, sizeof path);
  CHECK_EQUAL(draft->parts[PART_EXECUTABLE], reverse_components(std::string(path, static_cast<size_t>(n))));
  CHECK_EQUAL(draft->parts[PART_DIRECTORY], reverse_components(getcwd(path, sizeof path)));
  CHECK(!draft->parts[PART_PATH].empty());
});

Test long_gone("a process that is gone, or younger than the exec, is not read", [] {
  ProcReader reader("/proc", {});
  pid_t pid = fork();
  if (pid == 0) _exit(0);
  waitpid(pid, nullptr, 0);
  CHECK(!reader.read(static_cast<u32>(pid), monotonic_now()));
  CHECK(!reader.read(static_cast<u32>(getpid()), 1));
  CHECK(!reader.read(2, monotonic_now()));  // kthreadd has neither argv nor executable
});

Test args_begin("argv is completed only if it begins as it did", [] {
  ProcReader reader("/proc", {});
  u32 pid = static_cast<u32>(getpid());
  ExecDraft own = *reader.read(pid, monotonic_now());
  const std::string& args = own.parts[PART_ARGS];
  u64 start = own.fixed.self.start + 5 * kMillisecond;  // the kernel lane knows more of it than the tick
  CHECK(reader.args(pid, start, args.substr(0, 3)).value_or("") == args);
  CHECK(!reader.args(pid, start, "something else"));
  CHECK(!reader.args(pid, start + kSecond, ""));
});

// A busy machine may take its time over an honest process as well.
bool is_read(ProcWorker& worker, u32 pid) {
  for (int tries = 0; tries < 50; tries++)
    if (worker.read(pid, monotonic_now())) return true;
  return false;
}

Test hostile("a process that keeps its reader waiting is given up, and others are read all the same", [] {
  HostileProc hostile;
  hostile.add(77);
  hostile.show(static_cast<u32>(getpid()));
  u32 own = static_cast<u32>(getpid());
  {
    ProcWorker worker(std::make_shared<ProcReader>(hostile.root, std::vector<std::string>{}));
    CHECK(is_read(worker, own));
    for (int i = 0; i < 3; i++) {
      u64 before = monotonic_now();
      CHECK(!worker.read(77, monotonic_now()));
      CHECK(monotonic_now() - before >= PatientWorker::kPatienceMilliseconds * kMillisecond);
      CHECK(is_read(worker, own));
    }
    while (worker.stuck() > 0) hostile.release();
    CHECK(is_read(worker, own));
  }
});

Test besieged("with very many such processes nothing is read, until they let go", [] {
  HostileProc hostile;
  hostile.add(77);
  ProcWorker worker(std::make_shared<ProcReader>(hostile.root, std::vector<std::string>{}));
  while (worker.stuck() < PatientWorker::kStuckMax) CHECK(!worker.read(77, monotonic_now()));
  u64 before = monotonic_now();
  CHECK(!worker.read(77, monotonic_now()));
  CHECK(monotonic_now() - before < PatientWorker::kPatienceMilliseconds * kMillisecond);
  while (worker.stuck() > 0) hostile.release();
});

Test no_root("a /proc that is not there is an error with its name", [] {
  try {
    ProcReader reader("/no/such/folder", {});
  } catch (const SystemError& error) {
    CHECK_EQUAL(error.code, "ENOENT");
    return;
  }
  CHECK(false);
});

}  // namespace

}  // namespace wallwatch::test
