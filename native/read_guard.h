// Lets a thread read what may keep it waiting for ever, and another take over from it then. Reading a process's memory
// is such a thing: whoever reads /proc/PID/cmdline waits for ever if the process has backed its argv with a FUSE file
// system or userfaultfd. That must not blind the capture; nor must each exec cost a switch of threads, since it is a
// race.
#ifndef WALLWATCH_READ_GUARD_H
#define WALLWATCH_READ_GUARD_H

#include <atomic>

#include "clocks.h"

namespace wallwatch {

// Thrown in a thread from which another has taken over: what they shared is no longer its own.
struct Deposed {};

class ReadGuard {
 public:
  static constexpr u64 kPatience = 200 * kMillisecond;

  // Between the beginning and the end of `read` the thread must have nothing half done, and `read` must own what it
  // uses.
  template <typename Read>
  auto run(Read read) {
    u64 since = monotonic_now();
    reading_since_.store(since, std::memory_order_release);
    auto result = read();
    u64 expected = since;
    if (!reading_since_.compare_exchange_strong(expected, 0, std::memory_order_acq_rel)) throw Deposed{};
    return result;
  }

  // On the other thread: whether it has taken over, because a read takes too long.
  bool take_over(u64 now) {
    u64 since = reading_since_.load(std::memory_order_acquire);
    if (!since || now < since + kPatience) return false;
    return reading_since_.compare_exchange_strong(since, 0, std::memory_order_acq_rel);
  }

 private:
  std::atomic<u64> reading_since_{0};  // ns CLOCK_MONOTONIC; 0: not reading
};

}  // namespace wallwatch

#endif
