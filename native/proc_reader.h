// Reads one process out of /proc into an exec record: the proc lane, and what the kernel lane passes on to it.
#ifndef WALLWATCH_PROC_READER_H
#define WALLWATCH_PROC_READER_H

#include <optional>
#include <string>
#include <vector>

#include "descriptor.h"
#include "exec_draft.h"
#include "lineage.h"

namespace wallwatch {

class ProcDirectory;
struct ProcStat;

class ProcReader {
 public:
  // root: "/proc", or a folder like it. environment: names of the variables to read. Throws SystemError.
  ProcReader(const std::string& root, std::vector<std::string> environment);

  // What /proc says of the process right now, if it is still the one that exec'd at `timestamp` (ns CLOCK_MONOTONIC):
  // nothing if it is gone, if the pid was given to a later process, or if neither argv nor executable could be read.
  // A member that could not be read is missing (0, NO_ID, an empty part), not guessed. Times of processes are cut to a
  // tick.
  std::optional<ExecDraft> read(u32 pid, u64 timestamp) const;

  // The whole argv, up to kArgsMax bytes, of a process that started at `start`; `begin` is what is known of it already,
  // and must be how it begins, or else the process has rewritten it or exec'd again.
  std::optional<std::string> args(u32 pid, u64 start, std::string_view begin) const;

  // Start (cut to a tick), name and kind of a process that is there.
  struct Identity {
    u64 start;
    std::string comm;
    bool kernel_thread;
  };
  std::optional<Identity> identify(u32 pid) const;

 private:
  void read_paths(const ProcDirectory& process, ExecDraft& draft) const;
  void read_ids(const ProcDirectory& process, ExecDraft& draft) const;
  void read_relatives(const ProcStat& stat, ExecDraft& draft) const;
  void read_environment(const ProcDirectory& process, ExecDraft& draft) const;

  Descriptor root_;
  std::vector<std::string> environment_;
};

}  // namespace wallwatch

#endif
