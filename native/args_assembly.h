// Puts argv together again where the filter had to write it in several records (RECORD_ARGS), which follow their exec
// record on the same CPU.
#ifndef WALLWATCH_ARGS_ASSEMBLY_H
#define WALLWATCH_ARGS_ASSEMBLY_H

#include <deque>
#include <optional>
#include <string_view>
#include <vector>

#include "exec_draft.h"

namespace wallwatch {

class ArgsAssembly {
 public:
  static constexpr size_t kInterruptedMax = 16;  // up to 256 KiB each

  // An exec record whose argv goes on (EXEC_ARGS_MORE).
  void begin(ExecDraft draft);
  // Another exec record came from this CPU: what was open there gets no further records.
  void interrupt(u16 cpu);
  // A further record. Gives the exec record back with the last one.
  std::optional<ExecDraft> add(const args_record& record, std::string_view bytes);
  // Takes out the one that is still incomplete, to complete it in another way.
  std::optional<ExecDraft> take(u32 pid, u64 timestamp);
  // Takes out one that will not be completed: interrupted, or from before the time given (ns CLOCK_MONOTONIC).
  std::optional<ExecDraft> take_abandoned(u64 before);
  bool crowded() const { return interrupted_.size() > kInterruptedMax; }

 private:
  std::vector<std::optional<ExecDraft>> open_;  // by CPU
  std::deque<ExecDraft> interrupted_;
};

}  // namespace wallwatch

#endif
