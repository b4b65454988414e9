// The kernel's clocks in nanoseconds.
#ifndef WALLWATCH_CLOCKS_H
#define WALLWATCH_CLOCKS_H

#include "exec_record.h"

namespace wallwatch {

constexpr u64 kMillisecond = 1000000;
constexpr u64 kSecond = 1000 * kMillisecond;

u64 monotonic_now();
u64 boottime_now();

// The three clocks at one moment, as near as user space can tell (the shortest of a few attempts; about 100 ns).
struct ClockSample {
  u64 monotonic, boottime, realtime;
};
ClockSample sample_clocks();

// The CLOCK_BOOTTIME of a moment that is known by CLOCK_MONOTONIC. Right unless the machine slept between then and now.
u64 boottime_of(u64 monotonic);

// The ticks of /proc (USER_HZ, 10 ms) in nanoseconds: the start of the tick.
u64 ticks_to_nanoseconds(u64 ticks);
u64 tick_length();

}  // namespace wallwatch

#endif
