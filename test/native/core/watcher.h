// A reader of captures for the tests: it takes batches on a thread of its own, and keeps what it needs of them.
#ifndef WALLWATCH_TEST_WATCHER_H
#define WALLWATCH_TEST_WATCHER_H

#include <condition_variable>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "../../../native/capture.h"
#include "../../../native/exec_draft.h"

namespace wallwatch::test {

class Watcher : private CaptureObserver {
 public:
  explicit Watcher(CaptureOptions options, bool reads = true);
  ~Watcher();

  // Each waits for the answer; it throws what capture answered, or a Failure after a while.
  StartReport start();
  void listen();
  void stop();
  void read(bool on);  // whether batches are taken
  Capture& capture() { return capture_; }

  // What was taken until now.
  std::vector<ExecDraft> execs();
  u64 lost(loss_reason reason);
  // Waits until some loss of this kind was told.
  void await_loss(loss_reason reason);
  // Waits for an exec with this text in its argv.
  ExecDraft exec_with(const std::string& text);
  // Execs with this text, each counted once.
  size_t count_with(const std::string& text);

 private:
  void started(const StartReport& report) override;
  void start_failed(const SystemError& error) override;
  void wake() override;
  void listened(const std::optional<SystemError>& error) override;
  void stopped(const std::optional<SystemError>& error) override;

  struct Answer {
    bool came = false;
    std::optional<SystemError> error;
  };
  void answer(Answer& to, const std::optional<SystemError>& error);
  void await(Answer& answer);
  void run();
  void take();

  std::mutex mutex_;
  std::condition_variable changed_;
  StartReport report_;
  Answer start_, listen_, stop_;
  bool woken_ = false, reads_, ends_ = false;
  std::vector<ExecDraft> execs_;
  std::map<u32, u64> lost_;
  Capture capture_;
  std::thread reader_;
};

}  // namespace wallwatch::test

#endif
