// How often the reader is woken, and the ring looked into: at once while little happens, seldom under load. A wake-up
// of both threads costs about 250 us, whatever it brings.
#ifndef WALLWATCH_PACER_H
#define WALLWATCH_PACER_H

#include <algorithm>

#include "clocks.h"

namespace wallwatch {

// All times: ns CLOCK_MONOTONIC.
class Pacer {
 public:
  static constexpr u64 kAtLeast = 2 * kMillisecond;     // between two
  static constexpr u64 kSustained = 20 * kMillisecond;  // between two, when they go on and on
  static constexpr u64 kBurst = 20;                     // so many may come at the shorter distance

  // There was one.
  void spend(u64 now) {
    spent_until_ = std::max(spent_until_, now) + kSustained;
    next_ = now + (sustained(now) ? kSustained : kAtLeast);
  }
  // When the next may be.
  u64 next() const { return next_; }
  // Whether they have come for so long that the next can be expected.
  bool sustained(u64 now) const { return spent_until_ > now + kBurst * kSustained; }

 private:
  u64 spent_until_ = 0;  // each takes kSustained out of a time that passes by itself
  u64 next_ = 0;
};

}  // namespace wallwatch

#endif
