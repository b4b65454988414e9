#include "clocks.h"

#include <unistd.h>

#include <ctime>

namespace wallwatch {

namespace {

u64 now(clockid_t clock) {
  timespec time{};
  clock_gettime(clock, &time);
  return static_cast<u64>(time.tv_sec) * kSecond + static_cast<u64>(time.tv_nsec);
}

}  // namespace

u64 monotonic_now() { return now(CLOCK_MONOTONIC); }
u64 boottime_now() { return now(CLOCK_BOOTTIME); }

ClockSample sample_clocks() {
  ClockSample best{};
  u64 narrowest = ~u64{0};
  for (int attempt = 0; attempt < 5; attempt++) {
    u64 before = now(CLOCK_MONOTONIC);
    u64 boottime = now(CLOCK_BOOTTIME);
    u64 realtime = now(CLOCK_REALTIME);
    u64 took = now(CLOCK_MONOTONIC) - before;
    if (took >= narrowest) continue;
    narrowest = took;
    best = {before + took / 2, boottime, realtime};
  }
  return best;
}

u64 boottime_of(u64 monotonic) {
  ClockSample sample = sample_clocks();
  // Where the machine never slept the two are the same, and the sample is some nanoseconds off.
  return sample.boottime > sample.monotonic ? monotonic + (sample.boottime - sample.monotonic) : monotonic;
}

u64 tick_length() {
  static const u64 length = kSecond / static_cast<u64>(sysconf(_SC_CLK_TCK));
  return length;
}

u64 ticks_to_nanoseconds(u64 ticks) { return ticks * tick_length(); }

}  // namespace wallwatch
