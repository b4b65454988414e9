// The execs that came by the ring lately, to know a message of the socket that tells of one of them.
#ifndef WALLWATCH_RECENT_EXECS_H
#define WALLWATCH_RECENT_EXECS_H

#include <cstddef>
#include <vector>

#include "exec_record.h"

namespace wallwatch {

// The last `capacity` of them in a ring, chained by a hash of the pid.
class RecentExecs {
 public:
  explicit RecentExecs(size_t capacity) : entries_(capacity), newest_(capacity, 0) {}

  void add(u32 pid, u64 timestamp);
  bool seen(u32 pid, u64 timestamp) const;
  // Whether the process exec'd again, after `timestamp`.
  bool later(u32 pid, u64 timestamp) const;

 private:
  struct Entry {
    u64 timestamp = 0;
    u64 previous = 0;  // of the same hash: its number, counted from 1
    u32 pid = 0;
  };

  template <typename Matches>
  bool find(u32 pid, Matches matches) const;

  std::vector<Entry> entries_;
  std::vector<u64> newest_;
  u64 added_ = 0;
};

}  // namespace wallwatch

#endif
