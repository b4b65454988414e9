// Who forked whom, and which exec a process is running: what the filter keeps in the kernel lane, for the proc lane.
#ifndef WALLWATCH_LINEAGE_H
#define WALLWATCH_LINEAGE_H

#include <cstddef>
#include <string>
#include <unordered_map>

#include "exec_record.h"

namespace wallwatch {

// The process that forked another, as it was at that moment.
struct Creator {
  u32 pid = 0;
  u64 exec_key = 0;   // 0: its exec was not seen
  u64 start = 0;      // ns CLOCK_BOOTTIME; 0 where unknown
  u64 fork_time = 0;  // ns CLOCK_MONOTONIC
  std::string comm;   // empty where unknown
  bool kernel = false;
};

// Built from the connector's fork, exec and exit events alone. Whenever one may have been lost, clear() it: what is
// then unknown stays unknown, since a stale entry would name the wrong program.
class Lineage {
 public:
  static constexpr size_t kProcessesMax = 65536;  // about 10 MB

  void forked(u32 parent, u32 child, u64 time);
  // A new key for the program that the process now runs. What is known of the process: see describe().
  u64 executed(u32 pid);
  void exited(u32 pid) { processes_.erase(pid); }
  void clear() { processes_.clear(); }

  // What was read in /proc of a process, so that its children need not read it again.
  void describe(u32 pid, u64 start, const std::string& comm, bool kernel);
  // Of a process that started at `start` (cut to a tick): null unless its fork was seen.
  const Creator* creator(u32 pid, u64 start) const;
  // Of a process that is there now; 0 unknown.
  u64 exec_key(u32 pid) const;
  size_t size() const { return processes_.size(); }

 private:
  struct Process {
    u64 exec_key = 0, start = 0;
    std::string comm;
    bool kernel = false;
    bool fork_seen = false;
    u64 fork_boottime = 0;
    Creator creator;
  };

  Process* add(u32 pid);

  std::unordered_map<u32, Process> processes_;
  u64 last_key_ = 0;
};

}  // namespace wallwatch

#endif
