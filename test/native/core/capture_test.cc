// Whole captures over real execs.
#include <sys/wait.h>
#include <unistd.h>

#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "../../../native/clocks.h"
#include "../../../native/probe.h"
#include "../../../native/read_guard.h"
#include "harness.h"
#include "hostile_proc.h"
#include "spawn.h"
#include "watcher.h"

namespace wallwatch::test {

namespace {

constexpr bool kNeedsRoot = true;

CaptureOptions options_of(CaptureOptions::Lane lane) {
  CaptureOptions options;
  options.lane = lane;
  return options;
}

void check_start_and_stop(CaptureOptions::Lane lane, record_lane expected) {
  for (int i = 0; i < 5; i++) {
    Watcher watcher(options_of(lane));
    CHECK_EQUAL(static_cast<int>(watcher.start().lane), static_cast<int>(expected));
    std::string marker = "start-and-stop-" + std::to_string(i);
    CHECK_EQUAL(run(program("linger"), {marker}), 0);
    watcher.stop();
    CHECK_EQUAL(watcher.count_with(marker), 1u);
    ExecDraft exec = watcher.exec_with(marker);
    CHECK_EQUAL(exec.fixed.creator.pid, static_cast<u32>(getpid()));
    CHECK(exec.fixed.flags & EXEC_CREATOR_KNOWN);
    CHECK_EQUAL(exec.fixed.argc, 2u);
    CHECK_EQUAL(exec.parts[PART_PATH], program("linger"));
    CHECK_EQUAL(exec.parts[PART_EXECUTABLE], reverse_components(program("linger")));
  }
}

Test kernel_start_and_stop(
    "kernel lane: start, stop, start again", [] { check_start_and_stop(CaptureOptions::Lane::kernel, LANE_KERNEL); },
    kNeedsRoot);
Test proc_start_and_stop(
    "proc lane: start, stop, start again", [] { check_start_and_stop(CaptureOptions::Lane::proc, LANE_PROC); },
    kNeedsRoot);

Test storm_is_whole(
    "kernel lane: a storm from four threads is seen whole, in causal order",
    [] {
      Watcher watcher(options_of(CaptureOptions::Lane::kernel));
      watcher.start();
      storm("whole", 4, 500);
      watcher.stop();
      CHECK_EQUAL(watcher.count_with("whole-"), 2000u);
      CHECK_EQUAL(watcher.lost(LOSS_SEQUENCE_GAP), 0u);
      const Stats& stats = watcher.capture().stats();
      CHECK_EQUAL(stats.execs.load(), stats.events.load());
      u64 last[4] = {};
      for (const ExecDraft& exec : watcher.execs()) {
        size_t at = exec.parts[PART_ARGS].find("whole-");
        if (at == std::string::npos) continue;
        u64& before = last[exec.parts[PART_ARGS][at + 6] - '0'];
        CHECK(exec.fixed.timestamp > before);
        before = exec.fixed.timestamp;
      }
    },
    kNeedsRoot);

Test proc_storm_is_accounted_for(
    "proc lane: of a storm each exec is seen or counted as unresolved",
    [] {
      Watcher watcher(options_of(CaptureOptions::Lane::proc));
      watcher.start();
      storm("raced", 2, 500);
      watcher.stop();
      const Stats& stats = watcher.capture().stats();
      CHECK(stats.execs >= 1000);
      CHECK_EQUAL(stats.execs.load(), stats.events + stats.unresolved);
      CHECK_EQUAL(watcher.lost(LOSS_UNRESOLVED), stats.unresolved.load());
      CHECK_EQUAL(watcher.lost(LOSS_SEQUENCE_GAP), 0u);
      CHECK_EQUAL(watcher.lost(LOSS_SOCKET_OVERRUN), 0u);
    },
    kNeedsRoot);

// The reader takes nothing: batch, ring and socket fill up one after the other.
void check_full_ring(bool pass_all) {
  CaptureOptions options = options_of(CaptureOptions::Lane::kernel);
  options.ring_bytes = 64 * 1024;
  options.receive_bytes = 64 * 1024;
  options.pass_all = pass_all;
  Watcher watcher(options, false);
  watcher.start();
  constexpr int kEach = 3000;  // their records take 2.5 MB: more than batch, outbox and ring
  storm("full", 4, kEach);
  watcher.read(true);
  watcher.stop();
  const Stats& stats = watcher.capture().stats();
  CHECK(stats.ring_full > 0);
  CHECK(stats.overrun > 0);
  CHECK_EQUAL(stats.execs.load(), stats.events + stats.unresolved + stats.overrun);
  CHECK_EQUAL(watcher.execs().size(), stats.events.load());
  CHECK_EQUAL(watcher.lost(LOSS_RING_FULL), stats.ring_full.load());
  CHECK_EQUAL(watcher.lost(LOSS_UNRESOLVED), stats.unresolved.load());
  CHECK_EQUAL(watcher.lost(LOSS_SOCKET_OVERRUN), stats.overrun.load());
  CHECK(watcher.count_with("full-") < 4 * kEach);
}

Test full_ring(
    "kernel lane: what a full ring and a full socket cost is counted exactly", [] { check_full_ring(false); },
    kNeedsRoot);

// Execs that /proc still shows, with more argv together than a batch and an outbox hold.
void fill_batch() {
  std::vector<std::thread> spawners;
  for (int i = 0; i < 8; i++)
    spawners.emplace_back([] {
      for (int j = 0; j < 4; j++) run(program("linger"), {std::string(100000, 'x')});
    });
  for (std::thread& spawner : spawners) spawner.join();
}

Test overrun_of_the_proc_lane(
    "proc lane: a full socket is told as an overrun, and capture goes on",
    [] {
      CaptureOptions options = options_of(CaptureOptions::Lane::proc);
      options.receive_bytes = 16 * 1024;
      Watcher watcher(options, false);
      watcher.start();
      fill_batch();
      storm("overrun", 4, 200);
      watcher.read(true);
      watcher.await_loss(LOSS_SOCKET_OVERRUN);
      CHECK_EQUAL(run(program("linger"), {"after-the-overrun"}), 0);
      watcher.exec_with("after-the-overrun");
      watcher.stop();
      CHECK(watcher.lost(LOSS_SOCKET_OVERRUN) > 0);
      CHECK_EQUAL(watcher.lost(LOSS_SOCKET_OVERRUN), watcher.capture().stats().overrun.load());
      CHECK_EQUAL(watcher.lost(LOSS_SEQUENCE_GAP), 0u);
    },
    kNeedsRoot);

Test passed_twice(
    "kernel lane: with pass_all every exec is told once",
    [] {
      CaptureOptions options = options_of(CaptureOptions::Lane::kernel);
      options.pass_all = true;
      Watcher watcher(options);
      watcher.start();
      storm("twice", 4, 250);
      watcher.stop();
      const Stats& stats = watcher.capture().stats();
      CHECK_EQUAL(watcher.count_with("twice-"), 1000u);
      CHECK_EQUAL(stats.execs.load(), stats.events.load());
      CHECK(stats.socket_messages >= 1000);
      CHECK_EQUAL(stats.unresolved.load(), 0u);
    },
    kNeedsRoot);

Test switched(
    "kernel lane: pass_all can be switched while events come",
    [] {
      Watcher watcher(options_of(CaptureOptions::Lane::kernel));
      watcher.start();
      for (int i = 0; i < 6; i++) {
        watcher.capture().pass_all(i % 2 == 0);
        storm("switched-" + std::to_string(i), 2, 50);
      }
      watcher.stop();
      CHECK_EQUAL(watcher.count_with("switched-"), 600u);
    },
    kNeedsRoot);

void check_long_args(size_t bytes) {
  Watcher watcher(options_of(CaptureOptions::Lane::kernel));
  watcher.start();
  std::vector<std::string> arguments;
  std::string expected = program("linger") + '\0';
  for (size_t size = 0; size < bytes; size += 1000) {
    arguments.push_back(std::string(994, 'x') + std::to_string(10000 + arguments.size()));
    expected += arguments.back() + '\0';
  }
  CHECK_EQUAL(run(program("linger"), arguments), 0);
  ExecDraft exec = watcher.exec_with(arguments.back());
  CHECK(exec.parts[PART_ARGS] == expected);
  CHECK_EQUAL(exec.fixed.args_size, expected.size());
  CHECK_EQUAL(exec.fixed.argc, arguments.size() + 1);
  CHECK_EQUAL(exec.fixed.flags & (EXEC_ARGS_CUT | EXEC_ARGS_MORE), 0u);
}

Test long_args(
    "kernel lane: argv of 200 KB comes whole through the ring", [] { check_long_args(200000); }, kNeedsRoot);
Test longer_args(
    "kernel lane: argv of 700 KB is completed from /proc", [] { check_long_args(700000); }, kNeedsRoot);

Test cut_args(
    "kernel lane: of argv beyond every bound the beginning, its true size and count are told",
    [] {
      Watcher watcher(options_of(CaptureOptions::Lane::kernel));
      watcher.start();
      std::vector<std::string> arguments{"cut-at-a-mebibyte"};
      for (int i = 0; i < 1300; i++) arguments.emplace_back(999, 'y');
      CHECK_EQUAL(run(program("linger"), arguments), 0);
      ExecDraft exec = watcher.exec_with("cut-at-a-mebibyte");
      CHECK_EQUAL(exec.parts[PART_ARGS].size(), kArgsMax);
      CHECK(exec.fixed.args_size > 1300000);
      CHECK_EQUAL(exec.fixed.argc, 1302u);
      CHECK(exec.fixed.flags & EXEC_ARGS_CUT);
    },
    kNeedsRoot);

void check_forged(CaptureOptions::Lane lane) {
  Watcher watcher(options_of(lane));
  watcher.start();
  CHECK_EQUAL(run(program("forger"), {std::to_string(getpid())}), 0);
  watcher.stop();
  CHECK_EQUAL(watcher.capture().stats().forged.load(), 1u);
  for (const ExecDraft& exec : watcher.execs()) CHECK(exec.fixed.self.pid != static_cast<u32>(getpid()));
}

Test forged_in_kernel_lane(
    "kernel lane: a forged event is refused and counted", [] { check_forged(CaptureOptions::Lane::kernel); },
    kNeedsRoot);
Test forged_in_proc_lane(
    "proc lane: a forged event is refused and counted", [] { check_forged(CaptureOptions::Lane::proc); }, kNeedsRoot);

void check_listen_again(CaptureOptions::Lane lane) {
  Watcher watcher(options_of(lane));
  watcher.start();
  CHECK_EQUAL(run(program("blinder"), {"1"}), 0);
  watcher.listen();
  watcher.listen();
  CHECK_EQUAL(run(program("linger"), {"seen-again"}), 0);
  watcher.stop();
  CHECK_EQUAL(watcher.count_with("seen-again"), 1u);
  CHECK(watcher.capture().stats().listens >= 3);  // it is sent again where the ACK takes its time
  CHECK_EQUAL(watcher.lost(LOSS_SEQUENCE_GAP), 0u);
}

Test kernel_listens_again(
    "kernel lane: after an IGNORE of somebody else, LISTEN brings the events back",
    [] { check_listen_again(CaptureOptions::Lane::kernel); }, kNeedsRoot);
Test proc_listens_again(
    "proc lane: after an IGNORE of somebody else, LISTEN brings the events back",
    [] { check_listen_again(CaptureOptions::Lane::proc); }, kNeedsRoot);

Test abandoned(
    "an abandoned capture ends at once, whatever it is doing",
    [] {
      for (auto lane : {CaptureOptions::Lane::kernel, CaptureOptions::Lane::proc}) {
        Watcher watcher(options_of(lane), false);
        watcher.start();
        storm("abandoned", 2, 20);
      }
      for (int i = 0; i < 5; i++) {
        Watcher watcher(options_of(CaptureOptions::Lane::automatic));
        watcher.capture().start();  // and its end is not awaited
      }
    },
    kNeedsRoot);

Test stopped_early(
    "a stop before the ACK cancels the start, or comes right after it",
    [] {
      for (int i = 0; i < 5; i++) {
        Watcher watcher(options_of(CaptureOptions::Lane::proc));
        watcher.capture().stop();
        try {
          watcher.start();
          watcher.stop();
        } catch (const SystemError& error) {
          CHECK_EQUAL(error.code, "ECANCELED");
        }
      }
    },
    kNeedsRoot);

// A child that waits to be told what to execute, so that its pid is known before.
class Waiting {
 public:
  explicit Waiting(const std::string& path, const std::string& argument) {
    if (pipe(go_)) throw Failure{"pipe"};
    pid = fork();
    if (pid == 0) {
      char byte;
      close(go_[1]);
      if (read(go_[0], &byte, 1) == 1) execl(path.c_str(), path.c_str(), argument.c_str(), nullptr);
      _exit(1);
    }
  }
  ~Waiting() {
    close(go_[0]);
    close(go_[1]);
    waitpid(pid, nullptr, 0);
  }
  void execute() const {
    if (write(go_[1], "x", 1) != 1) throw Failure{"write"};
  }
  pid_t pid;

 private:
  int go_[2];
};

Test held_up(
    "proc lane: a process that keeps its reader waiting does not hold up the capture",
    [] {
      HostileProc hostile;
      constexpr int kHostile = 3;
      std::vector<std::unique_ptr<Waiting>> waiting;
      for (int i = 0; i < kHostile; i++) {
        waiting.push_back(std::make_unique<Waiting>(program("linger"), "hostile"));
        hostile.add(static_cast<u32>(waiting.back()->pid));
      }
      Waiting honest(program("linger"), "honest-among-hostile");
      hostile.show(static_cast<u32>(honest.pid));
      CaptureOptions options = options_of(CaptureOptions::Lane::proc);
      options.proc_root = hostile.root;
      {
        Watcher watcher(options);
        watcher.start();
        for (auto& each : waiting) each->execute();
        u64 before = monotonic_now();
        watcher.await_loss(LOSS_UNRESOLVED);
        CHECK(monotonic_now() - before >= ReadGuard::kPatience);
        honest.execute();
        CHECK_EQUAL(watcher.exec_with("honest-among-hostile").fixed.self.pid, static_cast<u32>(honest.pid));
        watcher.stop();
        const Stats& stats = watcher.capture().stats();
        CHECK(stats.unresolved >= kHostile);
        CHECK_EQUAL(stats.execs.load(), stats.events + stats.unresolved);
      }
      Watcher abandoned(options);
      abandoned.start();
      Waiting another(program("linger"), "hostile");
      hostile.add(static_cast<u32>(another.pid));
      another.execute();  // and the capture is abandoned with its thread held up
    },
    kNeedsRoot);

Test two_captures(
    "two captures at the same time see the same execs",
    [] {
      Watcher one(options_of(CaptureOptions::Lane::kernel)), other(options_of(CaptureOptions::Lane::proc));
      one.start();
      other.start();
      CHECK_EQUAL(run(program("linger"), {"seen-by-both"}), 0);
      one.stop();
      other.stop();
      CHECK_EQUAL(one.count_with("seen-by-both"), 1u);
      CHECK_EQUAL(other.count_with("seen-by-both"), 1u);
    },
    kNeedsRoot);

Test probed(
    "a probe finds libbpf, loads the filter and gets its ACK",
    [] {
      ProbeReport report = probe(CaptureOptions{}.ring_bytes);
      CHECK(!report.libbpf_error);
      CHECK(report.libbpf_file.find("libbpf.so") != std::string::npos);
      CHECK(!report.filter_error);
      CHECK(!report.listen_error);
    },
    kNeedsRoot);

}  // namespace

}  // namespace wallwatch::test
