#include "args_assembly.h"

#include <utility>

namespace wallwatch {

void ArgsAssembly::begin(ExecDraft draft) {
  u16 cpu = draft.fixed.header.cpu;
  if (cpu >= open_.size()) open_.resize(cpu + 1u);
  open_[cpu] = std::move(draft);
}

void ArgsAssembly::interrupt(u16 cpu) {
  if (cpu >= open_.size() || !open_[cpu]) return;
  interrupted_.push_back(std::move(*open_[cpu]));
  open_[cpu].reset();
}

std::optional<ExecDraft> ArgsAssembly::add(const args_record& record, std::string_view bytes) {
  u16 cpu = record.header.cpu;
  if (cpu >= open_.size() || !open_[cpu]) return std::nullopt;
  ExecDraft& draft = *open_[cpu];
  if (draft.fixed.self.pid != record.pid || draft.fixed.timestamp != record.timestamp) return std::nullopt;
  draft.parts[PART_ARGS].append(bytes);
  if (record.more) return std::nullopt;
  return std::exchange(open_[cpu], std::nullopt);
}

std::optional<ExecDraft> ArgsAssembly::take(u32 pid, u64 timestamp) {
  auto same = [=](const ExecDraft& draft) { return draft.fixed.self.pid == pid && draft.fixed.timestamp == timestamp; };
  for (std::optional<ExecDraft>& open : open_)
    if (open && same(*open)) return std::exchange(open, std::nullopt);
  for (auto it = interrupted_.begin(); it != interrupted_.end(); ++it) {
    if (!same(*it)) continue;
    ExecDraft found = std::move(*it);
    interrupted_.erase(it);
    return found;
  }
  return std::nullopt;
}

std::optional<ExecDraft> ArgsAssembly::take_abandoned(u64 before) {
  if (!interrupted_.empty()) {
    ExecDraft first = std::move(interrupted_.front());
    interrupted_.pop_front();
    return first;
  }
  for (std::optional<ExecDraft>& open : open_)
    if (open && open->fixed.timestamp < before) return std::exchange(open, std::nullopt);
  return std::nullopt;
}

}  // namespace wallwatch
