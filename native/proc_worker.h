// Reads /proc on a thread of its own, and waits for it only so long. A process can keep whoever reads its argv waiting
// for ever, with memory that a FUSE file system or userfaultfd backs; that must not blind the capture.
#ifndef WALLWATCH_PROC_WORKER_H
#define WALLWATCH_PROC_WORKER_H

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "proc_reader.h"

namespace wallwatch {

class ProcWorker {
 public:
  static constexpr int kPatienceMilliseconds = 100;
  // Threads that wait for such memory. With so many, nothing is read any more until one of them comes back.
  static constexpr int kStuckMax = 64;

  explicit ProcWorker(std::shared_ptr<const ProcReader> reader) : reader_(std::move(reader)) {}
  ~ProcWorker();
  ProcWorker(const ProcWorker&) = delete;
  ProcWorker& operator=(const ProcWorker&) = delete;

  // As ProcReader's; nothing also where it took too long.
  std::optional<ExecDraft> read(u32 pid, u64 timestamp);
  std::optional<std::string> args(u32 pid, u64 start, std::string_view begin);
  std::optional<ProcReader::Identity> identify(u32 pid) const { return reader_->identify(pid); }

  // Threads that wait at present.
  int stuck() const { return *stuck_; }

 private:
  struct Desk;
  bool run(std::function<void(const ProcReader&)> job);

  std::shared_ptr<const ProcReader> reader_;
  std::shared_ptr<Desk> desk_;  // of the present thread; null while there is none
  std::shared_ptr<std::atomic<int>> stuck_ = std::make_shared<std::atomic<int>>(0);
};

}  // namespace wallwatch

#endif
