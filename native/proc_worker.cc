#include "proc_worker.h"

namespace wallwatch {

std::optional<ExecDraft> ProcWorker::read(u32 pid, u64 timestamp) {
  auto result = std::make_shared<std::optional<ExecDraft>>();
  bool done = worker_.run([=, reader = reader_] { *result = reader->read(pid, timestamp); });
  return done ? std::move(*result) : std::nullopt;
}

std::optional<std::string> ProcWorker::args(u32 pid, u64 start, std::string_view begin) {
  auto result = std::make_shared<std::optional<std::string>>();
  bool done =
      worker_.run([=, reader = reader_, begin = std::string(begin)] { *result = reader->args(pid, start, begin); });
  return done ? std::move(*result) : std::nullopt;
}

}  // namespace wallwatch
