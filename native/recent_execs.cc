#include "recent_execs.h"

namespace wallwatch {

void RecentExecs::add(u32 pid, u64 timestamp) {
  u64 number = ++added_;
  entries_[number % entries_.size()] = {timestamp, newest_[pid % newest_.size()], pid};
  newest_[pid % newest_.size()] = number;
}

bool RecentExecs::seen(u32 pid, u64 timestamp) const {
  return find(pid, [=](u64 of_entry) { return of_entry == timestamp; });
}

bool RecentExecs::later(u32 pid, u64 timestamp) const {
  return find(pid, [=](u64 of_entry) { return of_entry > timestamp; });
}

template <typename Matches>
bool RecentExecs::find(u32 pid, Matches matches) const {
  // An entry that has been overwritten ends the chain: those behind it are older still.
  for (u64 number = newest_[pid % newest_.size()]; number && number + entries_.size() > added_;) {
    const Entry& entry = entries_[number % entries_.size()];
    if (entry.pid == pid && matches(entry.timestamp)) return true;
    number = entry.previous;
  }
  return false;
}

}  // namespace wallwatch
