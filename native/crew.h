// The thread of a capture, and in the proc lane a second one that takes its place should a hostile process hold it up
// (read_guard.h).
#ifndef WALLWATCH_CREW_H
#define WALLWATCH_CREW_H

#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>

#include "capture_loop.h"

namespace wallwatch {

// It outlives its owner where a thread is held up: such a thread ends when it is let go, and touches nothing but this.
class Crew : public std::enable_shared_from_this<Crew> {
 public:
  // Threads that may be held up at a time; with one more, capture ends with an error.
  static constexpr int kHeldUpMax = 256;

  Crew(const CaptureOptions& options, CaptureObserver& observer, Requests& requests, Batch& batch, Stats& stats);

  // Throws std::system_error.
  void start();
  // Waits until the work has ended and the threads that are not held up are gone.
  void join();

 private:
  void work();
  void watch();
  void begin_watch();
  void end();

  CaptureLoop loop_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool ended_ = false;
  std::thread worker_, watcher_;
  int held_up_ = 0;
};

}  // namespace wallwatch

#endif
