// A ProcReader that cannot be kept waiting: see patient_worker.h.
#ifndef WALLWATCH_PROC_WORKER_H
#define WALLWATCH_PROC_WORKER_H

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "patient_worker.h"
#include "proc_reader.h"

namespace wallwatch {

class ProcWorker {
 public:
  explicit ProcWorker(std::shared_ptr<const ProcReader> reader) : reader_(std::move(reader)) {}

  // As ProcReader's; nothing also where it took too long.
  std::optional<ExecDraft> read(u32 pid, u64 timestamp);
  std::optional<std::string> args(u32 pid, u64 start, std::string_view begin);
  // /proc/PID/stat needs nothing of the process.
  std::optional<ProcReader::Identity> identify(u32 pid) const { return reader_->identify(pid); }

  int stuck() const { return worker_.stuck(); }

 private:
  std::shared_ptr<const ProcReader> reader_;
  PatientWorker worker_;
};

}  // namespace wallwatch

#endif
